//! HAProxy: active checks, and `observe layer7` for passive ones.

use std::fmt::Write;
use std::net::SocketAddrV4;

use super::{Care, PROBE_PATH, Setup};

pub(super) fn document(setup: &Setup<'_>, port: u16) -> String {
    let retries = retries(setup.care);
    let mut text = format!(
        "global
    nbthread 1
    maxconn 4096
defaults
    mode http
    option http-keep-alive
    http-reuse always
    timeout connect 1s
    timeout client 30s
    timeout check 1s
{retries}
frontend before
    bind 127.0.0.1:{port}
    default_backend behind0
"
    );
    for (number, pool) in setup.pools.iter().enumerate() {
        backend(&mut text, number, pool, setup.care);
    }
    text
}

fn retries(care: Care) -> String {
    if care < Care::Retries {
        return "    timeout server 30s".to_owned();
    }
    let statuses = if care >= Care::Statuses { " 500" } else { "" };
    format!(
        "    timeout server 1s
    retries 2
    option redispatch 1
    retry-on conn-failure empty-response junk-response response-timeout{statuses}"
    )
}

fn backend(text: &mut String, number: usize, pool: &[SocketAddrV4], care: Care) {
    let mut lines = format!("backend behind{number}\n    balance roundrobin\n");
    if care >= Care::Probes {
        lines += &format!("    option httpchk GET {PROBE_PATH}\n");
        lines += "    default-server check inter 1s fall 3 rise 2";
        if care >= Care::Retries {
            lines += " observe layer7 error-limit 3 on-error mark-down";
        }
        lines.push('\n');
    }
    for (number, address) in pool.iter().enumerate() {
        writeln!(lines, "    server s{number} {address}")
            .expect("a string takes all that is written");
    }
    text.push_str(&lines);
}
