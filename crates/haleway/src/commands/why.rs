//! `haleway why`: asks a running Haleway why its endpoints are what they are.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::cli::{AdminAddress, WhyArgs};
use crate::run::ADMIN_DEFAULT;
use crate::{exit, talk};

/// Longest wait for the admin side.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// Bytes of an answer that are read.
const ANSWER_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Prints the answers on standard output. It fails where nobody answers, or nobody knows the pool
/// or the endpoint.
pub(crate) fn why(arguments: &WhyArgs) -> u8 {
    let admin = match arguments.admin {
        Some(AdminAddress::At(address)) => address,
        Some(AdminAddress::Off) => {
            talk::say("error: `--admin off` leaves nobody to ask");
            return exit::FAILURE;
        }
        None => ADMIN_DEFAULT,
    };
    match pages(admin, arguments.target.as_deref()) {
        Ok(pages) => {
            talk::data(&pages);
            exit::FINE
        }
        Err(error) => {
            talk::say(&format!("error: {error:#}"));
            exit::FAILURE
        }
    }
}

fn pages(admin: SocketAddr, target: Option<&str>) -> Result<String> {
    let (pool, endpoint) = match target.map(|target| target.split_once('/')) {
        None => (None, None),
        Some(None) => (target, None),
        Some(Some((pool, endpoint))) => (Some(pool), Some(endpoint)),
    };
    if let (Some(pool), Some(endpoint)) = (pool, endpoint) {
        return page(admin, pool, endpoint);
    }
    let answer = ask(admin, "/v1/pools")?;
    let pools = answer["pools"]
        .as_array()
        .context("no list of pools came")?;
    let named = |it: &&Value| pool.is_none_or(|name| it["name"] == name);
    let wanted: Vec<&Value> = pools.iter().filter(named).collect();
    if let (Some(name), true) = (pool, wanted.is_empty()) {
        bail!("there is no pool {name}");
    }
    let mut out = String::new();
    for pool in wanted {
        let name = pool["name"].as_str().unwrap_or_default();
        for endpoint in pool["endpoints"].as_array().into_iter().flatten() {
            let address = endpoint["address"].as_str().unwrap_or_default();
            if endpoint["health"].is_null() {
                out.push_str(&format!(
                    "{address} in pool {name}\n  nothing watches over it\n"
                ));
            } else {
                out.push_str(&page(admin, name, address)?);
            }
        }
    }
    Ok(out)
}

fn page(admin: SocketAddr, pool: &str, endpoint: &str) -> Result<String> {
    let path = format!(
        "/v1/pools/{}/endpoints/{}/why",
        percent_encoded(pool),
        percent_encoded(endpoint)
    );
    let answer = ask(admin, &path)?;
    let page = answer["page"].as_str().context("no explanation came")?;
    Ok(page.to_owned())
}

/// Asks the admin side; what is not found is an error with its words.
fn ask(admin: SocketAddr, path: &str) -> Result<Value> {
    let nobody = || format!("no Haleway answers at {admin}");
    let mut stream = TcpStream::connect_timeout(&admin, WAIT_MAX).with_context(nobody)?;
    stream.set_read_timeout(Some(WAIT_MAX))?;
    stream.set_write_timeout(Some(WAIT_MAX))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {admin}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).with_context(nobody)?;
    let mut answer = Vec::new();
    stream
        .take(ANSWER_BYTES_MAX)
        .read_to_end(&mut answer)
        .with_context(nobody)?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").with_context(nobody)?;
    let json: Value = serde_json::from_str(body).with_context(nobody)?;
    if head.split(' ').nth(1) != Some("200") {
        bail!("{}", json["error"].as_str().unwrap_or("it cannot say"));
    }
    Ok(json)
}

fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::percent_encoded;

    #[test]
    fn names_fit_into_a_path() {
        assert_eq!(percent_encoded("a.b:80+c"), "a.b:80%2Bc");
        assert_eq!(percent_encoded("é/%"), "%C3%A9%2F%25");
    }
}
