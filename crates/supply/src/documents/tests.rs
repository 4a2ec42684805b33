//! What is said about paths that cannot be read, and what survives a second reading.

use super::*;

fn load(path: &Path) -> Loaded {
    Documents::new(vec![path.to_owned()]).load()
}

fn only(loaded: &Loaded) -> &Diagnostic {
    assert_eq!(loaded.diagnostics.len(), 1, "{:?}", loaded.diagnostics);
    &loaded.diagnostics[0]
}

fn place(loaded: &Loaded) -> (String, u32, u32) {
    let span = only(loaded).primary.as_ref().unwrap().span;
    let (name, position) = loaded.sources.place(span).unwrap();
    (name.to_string(), position.line, position.column)
}

#[test]
fn a_missing_file_has_a_place_and_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("krakend.json"), "{}").unwrap();
    let path = folder.path().join("kraken.json");
    let loaded = load(&path);
    assert_eq!(only(&loaded).code, "S0001");
    assert!(
        only(&loaded).help.contains("krakend.json"),
        "{}",
        only(&loaded).help
    );
    assert_eq!(place(&loaded), (path.display().to_string(), 1, 1));
    assert!(loaded.documents.is_empty());
}

#[test]
fn folders_without_one_configuration_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(only(&load(folder.path())).code, "S0002");
    std::fs::write(folder.path().join("a.json"), "{}").unwrap();
    std::fs::write(folder.path().join("b.json"), "{}").unwrap();
    let loaded = load(folder.path());
    assert_eq!(only(&loaded).code, "S0006");
    assert!(only(&loaded).message.contains("a.json, b.json"));
}

#[test]
fn bytes_that_are_not_utf8_are_pointed_at() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("latin.json");
    std::fs::write(&path, b"{\n  \"name\": \"caf\xe9\"\n}").unwrap();
    let loaded = load(&path);
    assert_eq!(only(&loaded).code, "S0004");
    let (_, line, column) = place(&loaded);
    assert_eq!((line, column), (2, 15));
}

#[test]
fn a_good_file_gives_one_document_with_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("krakend.json");
    std::fs::write(&path, "{\"version\": 3}").unwrap();
    let loaded = load(folder.path());
    assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
    assert_eq!(loaded.documents.len(), 1);
    assert_eq!(loaded.documents[0].folder.as_deref(), Some(folder.path()));
    assert_eq!(
        loaded.documents[0].root.get("version").unwrap().as_number(),
        Some("3")
    );
    assert_eq!(loaded.seen.len(), 1);
    assert!(!loaded.seen[0].changed());
    std::fs::write(&path, "{\"version\": 3 }").unwrap();
    assert!(loaded.seen[0].changed());
}

#[test]
fn a_broken_file_gives_findings_and_no_document() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("krakend.json");
    std::fs::write(&path, "{ \"version: 2 }").unwrap();
    let loaded = load(&path);
    assert!(loaded.diagnostics.iter().any(Diagnostic::is_error));
    assert!(loaded.documents.is_empty());
}

#[test]
fn what_can_be_read_once_is_kept_for_the_reload() {
    let mut documents = Documents::new(vec![PathBuf::from("-")]);
    documents
        .kept
        .insert(PathBuf::from("-"), "{\"version\": 3}".into());
    for _ in 0..2 {
        let loaded = documents.load();
        assert_eq!(loaded.documents.len(), 1);
        assert!(loaded.documents[0].folder.is_none());
    }
}

#[test]
fn standard_input_is_json_where_it_opens_with_a_brace() {
    assert_eq!(format_of("-", "\n { }"), Format::Json);
    assert_eq!(format_of("-", "version: 3"), Format::Yaml);
    assert_eq!(format_of("a.toml", "{"), Format::Toml);
}
