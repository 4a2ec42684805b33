//! The documents of a run: from the paths on the command line to spanned trees.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use haleway_document::limits::SOURCE_BYTES_MAX;
use haleway_document::{
    Diagnostic, Format, Node, Parsed, Source, SourceId, Sources, Span, nearest, parse,
};

use crate::locate::{Found, locate};
use crate::read::{self, Trouble};
use crate::{Seen, Stamp};

/// Name of standard input on the command line and in messages.
const STDIN: &str = "-";

/// The paths of a run. [`Documents::load`] reads them, now and on every reload.
#[derive(Debug)]
pub struct Documents {
    paths: Vec<PathBuf>,
    /// What can be read only once: standard input and pipes. A reload sees it unchanged.
    kept: HashMap<PathBuf, String>,
}

/// One document and where it came from.
#[derive(Clone, Debug)]
pub struct Document {
    /// The text it stands in.
    pub source: SourceId,
    /// Its tree.
    pub root: Node,
    /// The folder of its file; `None` for standard input.
    pub folder: Option<PathBuf>,
}

/// What came of reading all paths.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The texts, under the names that the user knows them by.
    pub sources: Sources,
    /// The documents that could be read whole, in the order of the command line.
    pub documents: Vec<Document>,
    /// All findings so far. An error means that a document is missing from the list.
    pub diagnostics: Vec<Diagnostic>,
    /// The files to watch.
    pub seen: Vec<Seen>,
}

impl Documents {
    /// The documents under these paths: files, folders, `-` for standard input.
    #[must_use]
    pub fn new(paths: Vec<PathBuf>) -> Self {
        Self {
            paths,
            kept: HashMap::new(),
        }
    }

    /// Reads and parses everything.
    pub fn load(&mut self) -> Loaded {
        let mut loaded = Loaded::default();
        for path in self.paths.clone() {
            self.load_path(&path, &mut loaded);
        }
        loaded
    }

    fn load_path(&mut self, path: &Path, loaded: &mut Loaded) {
        if path == Path::new(STDIN) {
            let text = self.read_once(path, || read::text_of(std::io::stdin().lock()));
            return loaded.take_in(path, text);
        }
        let seen = Seen::now(path);
        match locate(path) {
            Found::File(file) => return self.load_file(&file, loaded),
            Found::Nothing => loaded.refuse(path, folder_without_configuration(path)),
            Found::Several(names) => loaded.refuse(path, several_configurations(path, &names)),
            Found::Unreadable(reason) => {
                let error = Trouble::Unreadable(std::io::Error::other(reason));
                loaded.take_in(path, Err(error));
            }
        }
        loaded.seen.push(seen);
    }

    fn load_file(&mut self, file: &Path, loaded: &mut Loaded) {
        let once = std::fs::metadata(file).is_ok_and(|meta| !meta.is_file());
        if once || self.kept.contains_key(file) {
            let text = self.read_once(file, || read::text_of_file(file));
            return loaded.take_in(file, text);
        }
        loaded.seen.push(Seen {
            path: file.to_owned(),
            stamp: Stamp::of(file),
        });
        loaded.take_in(file, read::text_of_file(file));
    }

    fn read_once(
        &mut self,
        path: &Path,
        read: impl FnOnce() -> Result<String, Trouble>,
    ) -> Result<String, Trouble> {
        if let Some(text) = self.kept.get(path) {
            return Ok(text.clone());
        }
        let text = read()?;
        self.kept.insert(path.to_owned(), text.clone());
        Ok(text)
    }
}

impl Loaded {
    /// A text that came on another way than from a path, under a name for messages.
    #[must_use]
    pub fn of_text(name: &str, text: &str) -> Self {
        let mut loaded = Self::default();
        loaded.add_text(name, text);
        loaded
    }

    /// Adds such a text to what came from paths: JSON where it is some, else YAML.
    pub fn add_text(&mut self, name: &str, text: &str) -> SourceId {
        let source = self.sources.add(Source::new(name, text));
        let is_json = text.trim_start().starts_with(['{', '[']);
        let mut parsed = parse(
            source,
            text,
            if is_json { Format::Json } else { Format::Yaml },
        );
        if is_json && has_errors(&parsed.diagnostics) {
            let yaml = parse(source, text, Format::Yaml);
            if !has_errors(&yaml.diagnostics) {
                parsed = yaml;
            }
        }
        self.take_parsed(source, parsed, Path::new(name), None);
        source
    }

    fn take_in(&mut self, path: &Path, text: Result<String, Trouble>) {
        match text {
            Ok(text) => self.parse(path, text),
            Err(Trouble::NotUtf8(before)) => {
                let end = before.len() as u32;
                let source = self.sources.add(Source::new(shown(path), before));
                let finding = not_utf8(path).at(
                    Span {
                        source,
                        start: end,
                        end,
                    },
                    "here",
                );
                self.diagnostics.push(finding);
            }
            Err(trouble) => self.refuse(path, unreadable(path, trouble)),
        }
    }

    fn parse(&mut self, path: &Path, text: String) {
        let name = shown(path);
        let source = self.sources.add(Source::new(name.as_str(), text));
        let text = self.sources.source(source).map_or("", Source::text);
        let parsed = parse(source, text, format_of(&name, text));
        let folder = (path != Path::new(STDIN)).then(|| folder_of(path));
        self.take_parsed(source, parsed, path, folder);
    }

    fn take_parsed(
        &mut self,
        source: SourceId,
        parsed: Parsed,
        path: &Path,
        folder: Option<PathBuf>,
    ) {
        let whole = !has_errors(&parsed.diagnostics);
        if parsed.roots.is_empty() && whole {
            // An empty source is no error to a parser, but it is one to a run.
            let span = Span {
                source,
                start: 0,
                end: 0,
            };
            return self.diagnostics.push(without_content(path).at(span, ""));
        }
        self.diagnostics.extend(parsed.diagnostics);
        if !whole {
            return;
        }
        let documents = parsed.roots.into_iter();
        self.documents.extend(documents.map(|root| Document {
            source,
            root,
            folder: folder.clone(),
        }));
    }

    /// Notes a finding about a path that gave no text. It stands at the path's first line, so
    /// that every rendering has a place to show.
    fn refuse(&mut self, path: &Path, finding: Diagnostic) {
        let source = self.sources.add(Source::new(shown(path), ""));
        self.diagnostics.push(finding.at(
            Span {
                source,
                start: 0,
                end: 0,
            },
            "",
        ));
    }
}

fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(Diagnostic::is_error)
}

/// Standard input has no name that could promise a format: an opening brace means JSON.
fn format_of(name: &str, text: &str) -> Format {
    if name != STDIN || text.trim_start().starts_with(['{', '[']) {
        return Format::of_name(name);
    }
    Format::Yaml
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().map(Path::to_owned).unwrap_or_default()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn unreadable(path: &Path, trouble: Trouble) -> Diagnostic {
    let name = shown(path);
    match trouble {
        Trouble::Missing => missing(path),
        Trouble::TooLarge => Diagnostic::error(
            "S0005",
            format!("{name} is larger than {SOURCE_BYTES_MAX} bytes, the most that is read"),
        )
        .help("check that this is the configuration and not a data file"),
        Trouble::Unreadable(error) => {
            let reason = read::reason(&error);
            Diagnostic::error("S0003", format!("{name} cannot be read: {reason}"))
                .help(unreadable_help(&error))
        }
        Trouble::NotUtf8(_) => not_utf8(path),
    }
}

fn unreadable_help(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => {
            "let the user that runs haleway read it: `ls -l` shows who may"
        }
        _ => "check the path and the file system it stands on",
    }
}

fn missing(path: &Path) -> Diagnostic {
    let help = match similar(path) {
        Some(similar) => format!("did you mean {similar}?"),
        None => match std::env::current_dir() {
            Ok(folder) if path.is_relative() => {
                format!(
                    "the path is taken from the working directory, {}",
                    folder.display()
                )
            }
            _ => "check the path".to_owned(),
        },
    };
    Diagnostic::error(
        "S0001",
        format!("there is no file or folder {}", shown(path)),
    )
    .help(help)
}

/// A file in the same folder whose name is close to the missing one's.
fn similar(path: &Path) -> Option<String> {
    const NEIGHBOURS_MAX: usize = 1_000;
    let written = path.file_name()?.to_str()?;
    let folder = folder_of(path);
    let listed = if folder == Path::new("") {
        Path::new(".")
    } else {
        folder.as_path()
    };
    let names: Vec<String> = std::fs::read_dir(listed)
        .ok()?
        .take(NEIGHBOURS_MAX)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    let name = nearest(written, names.iter().map(String::as_str))?;
    Some(shown(&folder.join(name)))
}

fn folder_without_configuration(path: &Path) -> Diagnostic {
    Diagnostic::error(
        "S0002",
        format!("there is no configuration in the folder {}", shown(path)),
    )
    .help("it needs one file that ends in .json, .yaml, .yml or .toml, or name the file itself")
}

fn several_configurations(path: &Path, names: &[String]) -> Diagnostic {
    const NAMED_MAX: usize = 5;
    let mut listed = names
        .iter()
        .take(NAMED_MAX)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > NAMED_MAX {
        listed.push_str(", ...");
    }
    let message = format!(
        "the folder {} holds {} files that could be the configuration: {listed}",
        shown(path),
        names.len()
    );
    let help = format!(
        "name the one to run, such as {}",
        shown(&path.join(&names[0]))
    );
    Diagnostic::error("S0006", message).help(help)
}

fn not_utf8(path: &Path) -> Diagnostic {
    Diagnostic::error("S0004", format!("{} is not UTF-8 text", shown(path)))
        .help("save the file in UTF-8: `iconv -f latin1 -t utf-8` converts a file from Latin-1")
}

fn without_content(path: &Path) -> Diagnostic {
    Diagnostic::error("S0007", format!("{} holds no configuration", shown(path)))
        .help("the smallest one for KrakenD is {\"version\": 3}")
}

#[cfg(test)]
mod tests;
