//! nginx: no active checks in the free edition; an endpoint that failed is left out for a second,
//! which is how often the others probe.

use super::super::proxies::nginx_paths;
use super::{Care, Setup};

pub(super) fn document(setup: &Setup<'_>, port: u16) -> String {
    let limit = if setup.care >= Care::Retries {
        "max_fails=3 fail_timeout=1s"
    } else {
        "max_fails=0"
    };
    let servers: String = setup.pools[0]
        .iter()
        .map(|address| format!("        server {address} {limit};\n"))
        .collect();
    let folder = setup.folder.display();
    let (paths, retries) = (nginx_paths(setup.folder), retries(setup.care));
    format!(
        "worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
{paths}
    upstream behind {{
{servers}        keepalive 64;
        keepalive_requests 1000000000;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://behind;
            proxy_http_version 1.1;
            proxy_set_header Connection \"\";
{retries}        }}
    }}
}}
"
    )
}

fn retries(care: Care) -> String {
    if care < Care::Retries {
        return String::new();
    }
    let statuses = if care >= Care::Statuses {
        " http_500"
    } else {
        ""
    };
    format!(
        "            proxy_connect_timeout 1s;
            proxy_read_timeout 1s;
            proxy_next_upstream error timeout{statuses};
            proxy_next_upstream_tries 3;
"
    )
}
