//! The server behind every proxy that the benchmark measures.
//!
//! It shares one core with the load generator, so it spends as little as it can: one thread,
//! answers built once, no header looked at. It serves keep-alive HTTP/1.1 without request bodies,
//! which is all that the benchmark sends.
#![expect(clippy::print_stderr, reason = "a command line tool talks to its user")]

mod answers;

use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use answers::Answers;

/// More than one request head of the benchmark; a longer one ends the connection.
const HEAD_BYTES_MAX: usize = 8 * 1024;

fn main() -> ExitCode {
    let Some(address) = std::env::args().nth(1) else {
        eprintln!("usage: haleway-bench-upstream ADDRESS:PORT");
        return ExitCode::from(2);
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build();
    match runtime.and_then(|runtime| runtime.block_on(serve(&address))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{address}: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(address: &str) -> io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    let answers = Arc::new(Answers::new());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let answers = Arc::clone(&answers);
        // A connection that breaks concerns nobody but its client.
        tokio::spawn(async move { drop(converse(stream, &answers).await) });
    }
}

async fn converse(mut stream: TcpStream, answers: &Answers) -> io::Result<()> {
    let mut buffer = vec![0; HEAD_BYTES_MAX];
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..]).await?;
        if read == 0 {
            return Ok(());
        }
        filled += read;
        let mut consumed = 0;
        while let Some(end) = memmem::find(&buffer[consumed..filled], b"\r\n\r\n") {
            let head = &buffer[consumed..consumed + end];
            stream.write_all(answers.find(target(head))).await?;
            consumed += end + 4;
        }
        buffer.copy_within(consumed..filled, 0);
        filled -= consumed;
    }
}

/// The path in the request line, without its query.
fn target(head: &[u8]) -> &[u8] {
    let target = head.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
    target
        .split(|byte| *byte == b'?')
        .next()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn finds_the_path() {
        assert_eq!(target(b"GET /small?x=1 HTTP/1.1\r\nHost: a"), b"/small");
        assert_eq!(target(b""), b"");
    }
}
