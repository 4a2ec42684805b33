//! Syslog over the local datagram socket, in the form of RFC 3164 as Go's `log/syslog` writes it.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::Path;

use jiff::Zoned;
use tracing::Level;

use super::go_time;

/// Sockets that syslog daemons listen on.
const SOCKETS: [&str; 3] = ["/dev/log", "/var/run/syslog", "/var/run/log"];

/// Bytes of one message; what is longer is cut, as daemons would.
const MESSAGE_BYTES_MAX: usize = 8 * 1024;

/// Facilities by name, with their numbers.
const FACILITIES: [(&str, u8); 20] = [
    ("kern", 0),
    ("user", 1),
    ("mail", 2),
    ("daemon", 3),
    ("auth", 4),
    ("syslog", 5),
    ("lpr", 6),
    ("news", 7),
    ("uucp", 8),
    ("cron", 9),
    ("authpriv", 10),
    ("ftp", 11),
    ("local0", 16),
    ("local1", 17),
    ("local2", 18),
    ("local3", 19),
    ("local4", 20),
    ("local5", 21),
    ("local6", 22),
    ("local7", 23),
];

/// KrakenD's default facility, `local3`.
const FACILITY_DEFAULT: u8 = 19;

/// A connection to the local syslog daemon.
#[derive(Debug)]
pub(super) struct Syslog {
    socket: UnixDatagram,
    facility: u8,
    tag: String,
}

impl Syslog {
    /// Connects. An unknown facility is the default one.
    pub(super) fn open(facility: &str, tag: &str) -> io::Result<Self> {
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for path in SOCKETS {
            match Self::connect(Path::new(path), facility, tag) {
                Ok(syslog) => return Ok(syslog),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn connect(path: &Path, facility: &str, tag: &str) -> io::Result<Self> {
        let socket = UnixDatagram::unbound()?;
        socket.connect(path)?;
        // A daemon that does not keep up loses lines; nobody waits for it.
        socket.set_nonblocking(true)?;
        let facility = FACILITIES
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(facility))
            .map_or(FACILITY_DEFAULT, |(_, number)| *number);
        let tag = if tag.is_empty() { "krakend" } else { tag }.to_owned();
        Ok(Self {
            socket,
            facility,
            tag,
        })
    }

    /// Sends a line, or leaves it out where the daemon takes none.
    pub(super) fn send(&self, level: Level, line: &str) {
        let message = self.message(level, line, &Zoned::now());
        let _ = self.socket.send(message.as_bytes());
    }

    fn message(&self, level: Level, line: &str, at: &Zoned) -> String {
        let priority = self.facility * 8 + severity(level);
        let at = go_time::written("Jan _2 15:04:05", at);
        let mut message = format!(
            "<{priority}>{at} {}[{}]: {line}",
            self.tag,
            std::process::id()
        );
        if message.len() > MESSAGE_BYTES_MAX {
            let end = (0..=MESSAGE_BYTES_MAX)
                .rev()
                .find(|end| message.is_char_boundary(*end));
            message.truncate(end.unwrap_or(0));
        }
        message
    }
}

fn severity(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::sample;
    use super::*;

    #[test]
    fn a_daemon_receives_the_line_with_priority_and_tag() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let daemon = UnixDatagram::bind(&path).unwrap();
        daemon
            .set_read_timeout(Some(std::time::Duration::from_secs(10)))
            .unwrap();
        let syslog = Syslog::connect(&path, "local5", "[GATE]").unwrap();
        syslog.send(Level::WARN, "hello\n");
        let mut buffer = [0; 256];
        let received = daemon.recv(&mut buffer).unwrap();
        let text = std::str::from_utf8(&buffer[..received]).unwrap();
        // local5 = 21, warning = 4.
        assert!(text.starts_with("<172>"), "{text}");
        assert!(
            text.ends_with(&format!(" [GATE][{}]: hello\n", std::process::id())),
            "{text}"
        );
    }

    #[test]
    fn the_time_is_rfc_3164s_and_long_lines_are_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let _daemon = UnixDatagram::bind(&path).unwrap();
        let syslog = Syslog::connect(&path, "nothing", "").unwrap();
        let line = sample(Level::ERROR, "");
        let message = syslog.message(Level::ERROR, &"é".repeat(MESSAGE_BYTES_MAX), &line.at);
        assert!(
            message.starts_with("<155>Nov 20 09:08:07 krakend["),
            "{}",
            &message[..40]
        );
        assert!(message.len() <= MESSAGE_BYTES_MAX);
    }

    #[test]
    fn no_daemon_is_an_error() {
        assert!(Syslog::connect(Path::new("/nonexistent/log"), "local3", "").is_err());
    }
}
