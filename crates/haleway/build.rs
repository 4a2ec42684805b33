//! Takes the pages of `docs/errors` into the program, so that `haleway explain` works offline.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?)
        .join("../../docs/errors");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut pages = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let code = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .map(str::to_owned);
        if let Some(code) = code
            && path.extension().is_some_and(|ending| ending == "md")
            && is_code(&code)
        {
            pages.push((code, path.canonicalize()?));
        }
    }
    pages.sort();
    let mut table = String::from("&[\n");
    for (code, path) in pages {
        writeln!(table, "    ({code:?}, include_str!({path:?})),").map_err(io::Error::other)?;
    }
    table.push_str("]\n");
    let out = Path::new(&env::var("OUT_DIR").map_err(io::Error::other)?).join("pages.rs");
    fs::write(out, table)
}

/// One letter and four digits; a README beside the pages is none.
fn is_code(name: &str) -> bool {
    let mut bytes = name.bytes();
    name.len() == 5
        && bytes
            .next()
            .is_some_and(|letter| letter.is_ascii_uppercase())
        && bytes.all(|digit| digit.is_ascii_digit())
}
