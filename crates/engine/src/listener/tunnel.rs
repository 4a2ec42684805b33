//! Bytes both ways after a 101: WebSockets and other upgrades.

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, copy_bidirectional};

use crate::upstream::{Stream, UnderWay};

/// The upstream half of a tunnel, waiting for the client's half.
pub(crate) struct Tunnel<S = Stream> {
    pub(crate) upstream: S,
    /// What the upstream sent right behind its 101.
    pub(crate) ahead: Bytes,
    /// A connection of its endpoint's load, for as long as it lasts.
    pub(crate) under_way: Option<UnderWay>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Tunnel<S> {
    /// Carries bytes until both sides have ended or one is lost.
    pub(crate) async fn carry<C>(mut self, mut client: C, client_ahead: Bytes)
    where
        C: AsyncRead + AsyncWrite + Unpin,
    {
        let greeted = async {
            client.write_all(&self.ahead).await?;
            self.upstream.write_all(&client_ahead).await
        };
        if greeted.await.is_ok() {
            // A lost side ends the tunnel; there is nobody to tell.
            let _ = copy_bidirectional(&mut client, &mut self.upstream).await;
        }
        drop(self.under_way);
    }
}
