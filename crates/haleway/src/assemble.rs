//! From paths to blueprints: read, detect the dialect, fetch what it wants, compile, audit,
//! verify. All findings come out together.

use haleway_blueprint::{Blueprint, Supplies, audit};
use haleway_document::{Diagnostic, SourceId, Sources, Span, render};
use haleway_krakend::{Compiled, Options, Purpose};
use haleway_supply::{Document, Fetched, Loaded, Seen, fetch};

use crate::cli::{Configuration, Dialect, Meaning};
use crate::declared::Input;
use crate::findings;
use crate::kong_view::KongNode;
use crate::overlay::Overlays;

/// Reads the same paths again and again, with the same meaning each time.
#[derive(Debug)]
pub(crate) struct Assembler {
    input: Input,
    meaning: Meaning,
    single: bool,
    /// How many overlays stood beside the configuration when it was last read.
    overlays: usize,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Assembly {
    pub(crate) sources: Sources,
    /// All findings, sorted by place.
    pub(crate) findings: Vec<Diagnostic>,
    /// One per configuration that could be compiled; to serve it, there must be no error.
    pub(crate) blueprints: Vec<Blueprint>,
    /// What Kong's Admin API shows of the last of them, where it is Kong's.
    pub(crate) kong: Option<KongNode>,
    /// The files to watch.
    pub(crate) seen: Vec<Seen>,
    /// What is laid over each of them.
    overlays: Overlays,
}

impl Assembler {
    /// All configurations under these paths.
    pub(crate) fn all(configuration: &Configuration) -> Self {
        Self {
            input: Input::of(configuration),
            meaning: configuration.meaning.clone(),
            single: false,
            overlays: 0,
        }
    }

    /// The one configuration under these paths that is to serve; a second one is an error.
    pub(crate) fn single(configuration: &Configuration) -> Self {
        Self {
            single: true,
            ..Self::all(configuration)
        }
    }

    /// Compiles every configuration that the paths lead to, each on its own.
    pub(crate) fn assemble(&mut self, purpose: Purpose) -> Assembly {
        let loaded = self.input.load();
        self.assemble_loaded(loaded, purpose)
    }

    /// Compiles a text in the place of the configuration that the paths lead to. Overlays beside
    /// it are laid over the text. What is said of it names it `name`.
    pub(crate) fn assemble_text(
        &mut self,
        (name, text): (&str, &str),
        dialect: Dialect,
        purpose: Purpose,
    ) -> (Assembly, SourceId) {
        let mut loaded = self.input.load();
        loaded
            .documents
            .retain(|document| haleway_overlay::detects(&document.root));
        if loaded.documents.len() == self.overlays {
            // What is wrong with the files is not the text's trouble.
            loaded.diagnostics.clear();
        }
        let source = loaded.add_text(name, text);
        let own = self.meaning.dialect.replace(dialect);
        let assembly = self.assemble_loaded(loaded, purpose);
        self.meaning.dialect = own;
        (assembly, source)
    }

    fn assemble_loaded(&mut self, loaded: Loaded, purpose: Purpose) -> Assembly {
        let Loaded {
            sources,
            mut documents,
            mut diagnostics,
            seen,
        } = loaded;
        let overlays = Overlays::take(&mut documents, &sources, &mut diagnostics);
        self.overlays = overlays.len();
        let mut assembly = Assembly {
            sources,
            findings: diagnostics,
            blueprints: Vec::new(),
            kong: None,
            seen,
            overlays,
        };
        let documents = first_of_each_source(documents, &mut assembly.findings);
        if let (true, Some(second)) = (self.single, documents.get(1)) {
            assembly.findings.push(second_configuration(second));
        }
        for document in documents {
            assembly.add(&document, &self.meaning, purpose);
        }
        if !assembly.blueprints.is_empty() {
            let said = assembly.overlays.finish();
            assembly.findings.extend(said);
        }
        render::sort(&assembly.sources, &mut assembly.findings);
        assembly
    }
}

impl Assembly {
    pub(crate) fn has_errors(&self) -> bool {
        self.findings.iter().any(Diagnostic::is_error)
    }

    /// Opens all listeners for a moment; those that cannot be opened become findings.
    pub(crate) fn try_listeners(&mut self) {
        for blueprint in &self.blueprints {
            let errors = haleway_engine::try_listeners(blueprint);
            let findings = findings::of_start_errors("S0011", &errors, &self.sources);
            self.findings.extend(findings);
        }
    }

    fn add(&mut self, document: &Document, meaning: &Meaning, purpose: Purpose) {
        let Some(dialect) = meaning.dialect.or_else(|| detect(document)) else {
            return self.findings.push(unknown_dialect(document, &self.sources));
        };
        match dialect {
            Dialect::Krakend => self.add_krakend(document, meaning, purpose),
            Dialect::Kong => self.add_kong(document, meaning, purpose),
        }
    }

    fn add_krakend(&mut self, document: &Document, meaning: &Meaning, purpose: Purpose) {
        let wants = haleway_krakend::wants(&document.root);
        let fetched = fetch(&wants, document.folder.as_deref());
        self.seen.extend(fetched.seen);
        let options = Options {
            purpose,
            port: meaning.port,
            debug: meaning.debug > 0,
            compat: meaning.version_of(Dialect::Krakend),
            access_log: meaning.access_log.map(Into::into),
        };
        let Compiled {
            blueprint,
            diagnostics,
        } = haleway_krakend::compile(&document.root, &self.sources, &fetched.supplies, &options);
        self.take(blueprint, diagnostics);
    }

    fn add_kong(&mut self, document: &Document, meaning: &Meaning, purpose: Purpose) {
        let options = haleway_kong::Options {
            port: meaning.port,
            compat: meaning.version_of(Dialect::Kong),
            allow_unknown_plugins: meaning.allow_unknown_plugins,
            kong_conf: meaning.kong_conf.clone(),
            declared_by: meaning.declared_by.as_ref().map(|(setting, _)| *setting),
            access_log: meaning.access_log.map(Into::into),
        };
        let fetched = fetch_for_kong(document, &options);
        self.seen.extend(fetched.seen);
        let compiled =
            haleway_kong::compile(&document.root, &self.sources, &fetched.supplies, &options);
        let text = self.sources.source(document.source);
        let text = text.map_or("", |source| source.text());
        if let Some(node) = &compiled.node {
            self.findings.extend(crate::run::findings_of_apis(node));
        }
        self.kong = compiled.node.map(|node| KongNode::new(node, text));
        self.take(compiled.blueprint, compiled.diagnostics);
        if let (Purpose::Check, Some(blueprint)) = (purpose, self.blueprints.last()) {
            self.findings.extend(compiled.traps.findings(blueprint));
        }
    }

    /// Takes in what came of a document.
    fn take(&mut self, blueprint: Option<Blueprint>, diagnostics: Vec<Diagnostic>) {
        let refused = diagnostics.iter().any(Diagnostic::is_error);
        self.findings.extend(diagnostics);
        let Some(mut blueprint) = blueprint else {
            return;
        };
        self.overlays.apply(&mut blueprint);
        if !refused {
            self.findings.extend(audit(&blueprint));
            let errors = haleway_engine::verify(&blueprint);
            self.findings
                .extend(findings::of_start_errors("S0010", &errors, &self.sources));
        }
        self.blueprints.push(blueprint);
    }
}

/// Settings name files, and one of the files holds settings: what is fetched may ask for more.
fn fetch_for_kong(document: &Document, options: &haleway_kong::Options) -> Fetched {
    let folder = document.folder.as_deref();
    let mut wants = haleway_kong::wants(&document.root, options, &Supplies::default());
    let mut fetched = fetch(&wants, folder);
    for _ in 0..FETCHES_MAX {
        let further = haleway_kong::wants(&document.root, options, &fetched.supplies);
        if further == wants {
            break;
        }
        wants = further;
        fetched = fetch(&wants, folder);
    }
    fetched
}

/// Settings, then what they name.
const FETCHES_MAX: usize = 2;

fn detect(document: &Document) -> Option<Dialect> {
    if haleway_kong::detects(&document.root) {
        return Some(Dialect::Kong);
    }
    haleway_krakend::detects(&document.root).then_some(Dialect::Krakend)
}

/// A YAML file may hold several documents; KrakenD's reader takes the first one and is silent
/// about the others.
fn first_of_each_source(documents: Vec<Document>, findings: &mut Vec<Diagnostic>) -> Vec<Document> {
    let mut kept: Vec<Document> = Vec::with_capacity(documents.len());
    let mut told = None;
    for document in documents {
        if kept
            .last()
            .is_none_or(|last| last.source != document.source)
        {
            kept.push(document);
        } else if told != Some(document.source) {
            told = Some(document.source);
            findings.push(further_document(&document));
        }
    }
    kept
}

fn further_document(document: &Document) -> Diagnostic {
    let message = "only the first document of a file is read, as KrakenD does; this one is not";
    Diagnostic::warning("S0009", message)
        .at(start_of(document), "a further document begins here")
        .help("take out the `---` before it, or keep it in a file of its own")
}

fn second_configuration(document: &Document) -> Diagnostic {
    Diagnostic::error(
        "S0008",
        "more than one configuration was given, and one process serves one",
    )
    .at(start_of(document), "the second one")
    .help("name one of them, or run a process for each")
}

fn unknown_dialect(document: &Document, sources: &Sources) -> Diagnostic {
    let name = sources
        .source(document.source)
        .map_or("the document", |source| source.name());
    let message = format!("{name} is no configuration that Haleway understands");
    Diagnostic::error("S0012", message)
        .at(start_of(document), "nothing here says which product it is for")
        .help("a KrakenD configuration has \"version\": 3 (or 2) at its root, a Kong file `_format_version`; --dialect reads it as one of them")
}

fn start_of(document: &Document) -> Span {
    let span = document.root.span;
    Span {
        end: span.start,
        ..span
    }
}
