//! The machine that the figures are from.

use std::fs;
use std::path::Path;

use crate::tools;

/// A line per thing worth knowing.
pub(super) fn describe() -> Vec<String> {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    vec![
        format!("processor: {}", processor()),
        format!("cores: {cores}"),
        format!("memory: {}", memory()),
        format!("kernel: {}", tools::version(Path::new("uname"), &["-sr"])),
        format!("system: {}", system()),
        format!(
            "compiler: {}",
            tools::version(Path::new("rustc"), &["--version"])
        ),
    ]
}

fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let of = |key: &str| {
        let line = info.lines().find(|line| line.starts_with(key))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let name = of("model name").unwrap_or_else(|| "unknown".to_owned());
    match (of("cpu family"), of("model\t")) {
        (Some(family), Some(model)) => format!("{name} (family {family}, model {model})"),
        _ => name,
    }
}

fn memory() -> String {
    let info = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = info.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = total.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kib.map_or_else(
        || "unknown".to_owned(),
        |kib| format!("{:.1} GiB", kib / 1024.0 / 1024.0),
    )
}

fn system() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="));
    name.unwrap_or("unknown").trim_matches('"').to_owned()
}
