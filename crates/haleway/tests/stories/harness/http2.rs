//! Both sides of HTTP/2.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http2::SendRequest;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// A connection over which requests go in HTTP/2.
pub(crate) struct Http2Client {
    runtime: Runtime,
    sender: SendRequest<Full<Bytes>>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: hyper::HeaderMap,
    pub(crate) text: String,
}

impl Http2Client {
    /// In clear text, by prior knowledge.
    pub(crate) fn plain(to: SocketAddr) -> Self {
        let runtime = runtime();
        let sender = runtime.block_on(async { begin(TcpStream::connect(to).await.unwrap()).await });
        Self { runtime, sender }
    }

    /// Over TLS, agreed on by ALPN.
    pub(crate) fn secured(to: SocketAddr, mut config: ClientConfig) -> Self {
        config.alpn_protocols = vec![b"h2".to_vec()];
        let runtime = runtime();
        let sender = runtime.block_on(async {
            let tcp = TcpStream::connect(to).await.unwrap();
            let name = ServerName::try_from("localhost").unwrap();
            let stream = TlsConnector::from(Arc::new(config))
                .connect(name, tcp)
                .await
                .unwrap();
            assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
            begin(stream).await
        });
        Self { runtime, sender }
    }

    pub(crate) fn ask(&mut self, method: &str, target: &str, body: &'static str) -> Answered {
        let request = Request::builder()
            .method(method)
            .uri(format!("http://localhost{target}"))
            .header("x-own", "1")
            .body(Full::new(Bytes::from_static(body.as_bytes())));
        self.answered(request.unwrap())
    }

    fn answered(&mut self, request: Request<Full<Bytes>>) -> Answered {
        let sender = &mut self.sender;
        let asking = async {
            sender.ready().await.unwrap();
            let (head, body) = sender.send_request(request).await.unwrap().into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            let text = String::from_utf8(body.to_vec()).unwrap();
            Answered {
                status: head.status.as_u16(),
                headers: head.headers,
                text,
            }
        };
        let limited = async { tokio::time::timeout(super::DEADLINE, asking).await.unwrap() };
        self.runtime.block_on(limited)
    }

    /// A request without a body and with these headers.
    pub(crate) fn ask_with(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
    ) -> Answered {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://localhost{target}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.answered(request.body(Full::default()).unwrap())
    }

    /// Many requests at once; their texts.
    pub(crate) fn ask_together(&mut self, target: &str, count: usize) -> Vec<String> {
        let sender = &self.sender;
        let all = (0..count).map(|_| {
            let mut sender = sender.clone();
            let uri = format!("http://localhost{target}");
            async move {
                sender.ready().await.unwrap();
                let request = Request::builder().uri(uri).body(Full::default()).unwrap();
                let answer = sender.send_request(request).await.unwrap();
                let body = answer.into_body().collect().await.unwrap().to_bytes();
                String::from_utf8(body.to_vec()).unwrap()
            }
        });
        self.runtime.block_on(async {
            let tasks: Vec<_> = all.map(tokio::spawn).collect();
            let mut texts = Vec::new();
            for task in tasks {
                texts.push(task.await.unwrap());
            }
            texts
        })
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

async fn begin<S>(stream: S) -> SendRequest<Full<Bytes>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let builder = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
    let (sender, connection) = builder.handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

/// An upstream that speaks HTTP/2 and tells what it was asked.
pub(crate) struct Http2Upstream {
    address: SocketAddr,
    connections: Arc<Mutex<usize>>,
    _runtime: Runtime,
}

impl Http2Upstream {
    /// The gRPC health service, which says that this one service serves.
    pub(crate) fn health(serves: &'static str) -> Self {
        let runtime = runtime();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                let check = service_fn(move |request| check(request, serves));
                tokio::spawn(builder.serve_connection(TokioIo::new(stream), check));
            }
        });
        Self {
            address,
            connections: Arc::default(),
            _runtime: runtime,
        }
    }

    pub(crate) fn start(tls: Option<Arc<ServerConfig>>) -> Self {
        let runtime = runtime();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(Mutex::new(0));
        let count = connections.clone();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *count.lock().unwrap() += 1;
                match tls.clone() {
                    None => drop(tokio::spawn(serve(stream))),
                    Some(tls) => drop(tokio::spawn(async move {
                        if let Ok(stream) = TlsAcceptor::from(tls).accept(stream).await {
                            serve(stream).await;
                        }
                    })),
                }
            }
        });
        Self {
            address,
            connections,
            _runtime: runtime,
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

async fn serve<S>(stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
    let _ = builder
        .serve_connection(TokioIo::new(stream), service_fn(tell))
        .await;
}

/// `Check` of `grpc.health.v1.Health`: 1 is SERVING, 2 is NOT_SERVING.
async fn check(
    request: Request<Incoming>,
    serves: &'static str,
) -> Result<Response<impl hyper::body::Body<Data = Bytes, Error = Infallible>>, Infallible> {
    assert_eq!(request.uri().path(), "/grpc.health.v1.Health/Check");
    assert_eq!(request.headers()["content-type"], "application/grpc");
    let asked = request.into_body().collect().await.unwrap().to_bytes();
    let status = if asked.ends_with(serves.as_bytes()) {
        1
    } else {
        2
    };
    let message = Bytes::from(vec![0, 0, 0, 0, 2, 0x08, status]);
    let mut trailers = hyper::HeaderMap::new();
    trailers.insert("grpc-status", hyper::header::HeaderValue::from_static("0"));
    let body = Full::new(message).with_trailers(async { Some(Ok(trailers)) });
    let mut answer = Response::new(body);
    let grpc = hyper::header::HeaderValue::from_static("application/grpc");
    answer.headers_mut().insert("content-type", grpc);
    Ok(answer)
}

async fn tell(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(|body| body.to_bytes())
        .unwrap_or_default();
    let told = serde_json::json!({
        "version": format!("{:?}", head.version),
        "method": head.method.as_str(),
        "target": head.uri.path_and_query().map(|it| it.as_str()),
        "authority": head.uri.authority().map(|it| it.as_str()),
        "own": head.headers.get("x-own").and_then(|it| it.to_str().ok()),
        "body": String::from_utf8_lossy(&body),
    });
    let mut answer = Response::new(Full::new(Bytes::from(told.to_string())));
    let json = hyper::header::HeaderValue::from_static("application/json");
    answer.headers_mut().insert("content-type", json);
    Ok(answer)
}
