//! The forms of KrakenD's log (krakend-gologging and krakend-logstash of KrakenD 2.13).

use tracing::Level;

use super::go_time;
use super::line::Line;

/// The module that KrakenD's log names.
pub(super) const MODULE: &str = "KRAKEND";

/// The names that go-logging gives to weights.
pub(super) fn level_name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "ERROR",
        Level::WARN => "WARNING",
        Level::INFO => "INFO",
        Level::DEBUG | Level::TRACE => "DEBUG",
    }
}

/// The colours that go-logging gives to weights.
pub(super) fn colour_of(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\x1b[31m",
        Level::WARN => "\x1b[33m",
        Level::INFO => "",
        Level::DEBUG | Level::TRACE => "\x1b[36m",
    }
}

/// The default form.
pub(super) fn text(prefix: &str, colour: bool, line: &Line) -> String {
    let at = go_time::written("2006/01/02 - 15:04:05.000", &line.at);
    let (begin, end) = if colour {
        (colour_of(line.level), "\x1b[0m")
    } else {
        ("", "")
    };
    format!(
        "{prefix} {at} {begin}▶ {}{end} {}",
        level_name(line.level),
        line.text()
    )
}

/// JSON with the fields that logstash expects. As in KrakenD there is no prefix and the offset is
/// a fixed text; unlike there, the message is escaped.
pub(super) fn logstash(line: &Line) -> String {
    let at = go_time::written("2006-01-02T15:04:05.000+00:00", &line.at);
    let message = serde_json::Value::from(line.text());
    let level = level_name(line.level);
    format!(
        "{{\"@timestamp\":\"{at}\", \"@version\": 1, \"level\": \"{level}\", \
         \"message\": {message}, \"module\": \"{MODULE}\"}}"
    )
}

#[cfg(test)]
mod tests {
    use super::super::line::sample;
    use super::*;

    #[test]
    fn the_default_form_is_gologgings() {
        let line = sample(Level::DEBUG, "[ENDPOINT: /x] ready");
        assert_eq!(
            text("[KRAKEND]", false, &line),
            "[KRAKEND] 2026/11/20 - 09:08:07.065 ▶ DEBUG [ENDPOINT: /x] ready"
        );
        let warning = text("", false, &sample(Level::WARN, "off"));
        assert_eq!(warning, " 2026/11/20 - 09:08:07.065 ▶ WARNING off");
        let colour = text("", true, &sample(Level::ERROR, "bad"));
        assert!(colour.ends_with("\x1b[31m▶ ERROR\x1b[0m bad"), "{colour:?}");
    }

    #[test]
    fn logstash_reads_json() {
        let written = logstash(&sample(Level::WARN, "say \"no\""));
        assert!(written.starts_with("{\"@timestamp\":\"2026-11-20T09:08:07.065+00:00\", "));
        let object: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(object["@timestamp"], "2026-11-20T09:08:07.065+00:00");
        assert_eq!(object["@version"], 1);
        assert_eq!(object["level"], "WARNING");
        assert_eq!(object["message"], "say \"no\"");
        assert_eq!(object["module"], "KRAKEND");
    }
}
