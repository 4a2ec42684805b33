//! Programs that cargo does not bring: found on the path, or installed with the system's packages.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Where `program` is, by the search path and the folders for administrators' programs.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin", "/usr/local/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}

/// Finds `program`, installing the Debian package `package` first where it is missing.
pub(crate) fn ensure(program: &str, package: &str) -> Result<PathBuf> {
    if let Some(found) = find(program) {
        return Ok(found);
    }
    install(package).with_context(|| format!("`{program}` is missing"))?;
    find(program).with_context(|| format!("package {package} brought no `{program}`"))
}

/// Makes sure that `cargo fmt` and `cargo clippy` exist: a minimal toolchain has neither.
pub(crate) fn ensure_cargo_components() -> Result<()> {
    for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        let present = Command::new(cargo())
            .args([subcommand, "--version"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if !present {
            run(Command::new("rustup").args(["component", "add", component]))
                .with_context(|| format!("`cargo {subcommand}` is missing"))?;
        }
    }
    Ok(())
}

/// Makes sure that code can be compiled for a target. False where that cannot be had.
pub(crate) fn ensure_target(target: &str) -> bool {
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", target]);
    // Output belongs to talk, not to data.
    rustup.stdout(Stdio::null());
    run(&mut rustup).is_ok()
}

/// The cargo that runs this program, so that one toolchain serves all steps.
pub(crate) fn cargo() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}

/// Runs `command` to its end and fails when it does.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = format!("{command:?}");
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("starting {shown}"))?;
    if !status.success() {
        bail!("{shown} ended with {status}");
    }
    Ok(())
}

fn install(package: &str) -> Result<()> {
    if find("apt-get").is_none() {
        bail!("install package {package} by hand: this system has no apt-get");
    }
    eprintln!("installing {package}");
    if run(&mut apt_get(&[
        "install",
        "-y",
        "-q",
        "--no-install-recommends",
        package,
    ]))
    .is_ok()
    {
        return Ok(());
    }
    run(&mut apt_get(&["update", "-q"]))?;
    run(&mut apt_get(&[
        "install",
        "-y",
        "-q",
        "--no-install-recommends",
        package,
    ]))
}

fn apt_get(arguments: &[&str]) -> Command {
    let administrator = std::fs::metadata("/proc/self").is_ok_and(|me| {
        use std::os::unix::fs::MetadataExt;
        me.uid() == 0
    });
    let mut command = if administrator || find("sudo").is_none() {
        Command::new("apt-get")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", "apt-get"]);
        sudo
    };
    command
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive");
    // Output belongs to talk, not to data.
    command.stdout(Stdio::null());
    command
}
/// What a program says about its version: the first line of what `arguments` make it print.
pub(crate) fn version(program: &Path, arguments: &[&str]) -> String {
    let Ok(output) = Command::new(program).args(arguments).output() else {
        return "unknown".to_owned();
    };
    let text = if output.stdout.is_empty() {
        output.stderr
    } else {
        output.stdout
    };
    let text = String::from_utf8_lossy(&text);
    text.lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("unknown")
        .trim()
        .to_owned()
}
