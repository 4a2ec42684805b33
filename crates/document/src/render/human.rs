//! Findings for people: the message, the source line with a caret, and what to do.
//!
//! Only the lines that labels begin in are shown, with the one before, and of a long line only
//! the part around the label. The rendering library would do with the whole source as well, but in
//! time that grows with it.

use annotate_snippets::{
    Annotation, AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet,
};

use crate::{Diagnostic, Label, Severity, Source, Sources, Span};

/// Characters that are shown of a line at most.
const LINE_CHARS_MAX: usize = 100;

/// Characters in front of a label that are shown of a long line.
const LEAD_CHARS: usize = 40;

/// Labels that a finding shows at most.
const LABELS_MAX: usize = 6;

/// Lines between two labels that are still shown in one excerpt.
const GAP_LINES_MAX: u32 = 3;

pub(super) fn render(sources: &Sources, findings: &[Diagnostic], colour: bool) -> String {
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut out = String::new();
    for finding in findings {
        let excerpts = excerpts(sources, finding);
        let text = renderer.render(&[report(finding, &excerpts)]);
        for line in text.lines().filter(|line| !announces_nothing(line)) {
            out.push_str(line);
            out.push('\n');
        }
        out.push('\n');
    }
    out
}

/// The library announces an excerpt without a path of its own by `:::` alone: the place, which it
/// could not know of a cut line, stands above already.
fn announces_nothing(line: &str) -> bool {
    let styles_cut = line
        .split('\u{1b}')
        .enumerate()
        .map(|(i, part)| match part.split_once('m') {
            Some((_, text)) if i > 0 => text,
            _ => part,
        });
    styles_cut.map(str::trim).collect::<String>() == ":::"
}

fn report<'a>(finding: &'a Diagnostic, excerpts: &'a [Excerpt]) -> Group<'a> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Parity => Level::WARNING.with_name("parity"),
        Severity::Note => Level::NOTE,
    };
    let message = finding.message.replace(char::is_control, " ");
    let mut group = Group::with_title(level.primary_title(message).id(finding.code));
    for excerpt in excerpts {
        group = group.elements(excerpt.elements());
    }
    if !finding.help.is_empty() {
        group = group.element(Level::HELP.message(finding.help.replace(char::is_control, " ")));
    }
    group
}

/// Neighbouring lines of one source, cut to what is worth showing.
struct Excerpt {
    file: String,
    /// Line and column of the first label in it.
    place: (usize, usize),
    line_start: usize,
    text: String,
    marks: Vec<Mark>,
}

struct Mark {
    primary: bool,
    start: usize,
    end: usize,
    text: String,
}

impl Excerpt {
    fn elements(&self) -> [Element<'_>; 2] {
        let (line, column) = self.place;
        let origin = Origin::path(self.file.as_str())
            .line(line)
            .char_column(column);
        let marks = self.marks.iter().map(|mark| {
            let kind = if mark.primary {
                AnnotationKind::Primary
            } else {
                AnnotationKind::Context
            };
            let label = Some(mark.text.as_str()).filter(|text| !text.is_empty());
            let annotation: Annotation<'_> = kind.span(mark.start..mark.end).label(label);
            annotation
        });
        let snippet = Snippet::source(self.text.as_str())
            .line_start(self.line_start)
            .fold(false)
            .annotations(marks);
        [origin.into(), snippet.into()]
    }
}

/// The excerpts of a finding: the primary label's first, then the others in their order.
fn excerpts(sources: &Sources, finding: &Diagnostic) -> Vec<Excerpt> {
    let primary = finding.primary.iter().map(|label| (true, label));
    let secondary = finding.secondary.iter().map(|label| (false, label));
    let mut groups: Vec<Vec<(bool, &Label)>> = Vec::new();
    for (is_primary, label) in primary.chain(secondary).take(LABELS_MAX) {
        let near = groups
            .iter_mut()
            .find(|group| is_near(sources, group[0].1.span, label.span));
        match near {
            Some(group) => group.push((is_primary, label)),
            None => groups.push(vec![(is_primary, label)]),
        }
    }
    groups
        .iter()
        .filter_map(|group| excerpt(sources.source(group[0].1.span.source)?, group))
        .collect()
}

fn is_near(sources: &Sources, a: Span, b: Span) -> bool {
    let Some(source) = sources.source(a.source).filter(|_| a.source == b.source) else {
        return false;
    };
    let (a, b) = (source.position(a.start).line, source.position(b.start).line);
    a.abs_diff(b) <= GAP_LINES_MAX
}

fn excerpt(source: &Source, labels: &[(bool, &Label)]) -> Option<Excerpt> {
    let lines = labels
        .iter()
        .map(|(_, label)| source.position(label.span.start).line);
    let (first, last) = (lines.clone().min()?.saturating_sub(1).max(1), lines.max()?);
    let mut text = String::new();
    let mut marks = Vec::new();
    for number in first..=last {
        append_line(source, number, labels, &mut text, &mut marks);
    }
    let place = source.position(labels[0].1.span.start);
    Some(Excerpt {
        file: source.name().to_string(),
        place: (place.line as usize, place.column as usize),
        line_start: first as usize,
        text,
        marks,
    })
}

/// Appends one line, cut around its first label, and the marks of the labels in it.
fn append_line(
    source: &Source,
    number: u32,
    labels: &[(bool, &Label)],
    text: &mut String,
    marks: &mut Vec<Mark>,
) {
    let line = source.line(number);
    let line_start = source.line_start(number) as usize;
    let here: Vec<_> = labels
        .iter()
        .filter(|(_, label)| source.position(label.span.start).line == number)
        .map(|(primary, label)| {
            let start = (label.span.start as usize - line_start).min(line.len());
            let end = (label.span.end as usize)
                .saturating_sub(line_start)
                .clamp(start, line.len());
            (*primary, start, end, label.text.as_str())
        })
        .collect();
    let window = Window::around(
        line,
        here.iter().map(|(_, start, ..)| *start).min().unwrap_or(0),
    );
    let base = text.len();
    window.append(text);
    for (primary, start, end, label) in here {
        let (start, end) = (base + window.shift(start), base + window.shift(end));
        let text = label.replace(char::is_control, " ");
        marks.push(Mark {
            primary,
            start,
            end: end.max(start),
            text,
        });
    }
    text.push('\n');
}

/// The part of a line that is shown.
struct Window<'a> {
    shown: &'a str,
    from: usize,
    before: &'static str,
    behind: &'static str,
}

impl<'a> Window<'a> {
    fn around(line: &'a str, at: usize) -> Self {
        let at = line.floor_char_boundary(at);
        let fits = line.char_indices().nth(LINE_CHARS_MAX).is_none();
        let from = match line[..at].char_indices().nth_back(LEAD_CHARS) {
            Some((from, _)) if !fits => from,
            _ => 0,
        };
        let len = line[from..]
            .char_indices()
            .nth(LINE_CHARS_MAX)
            .map(|(len, _)| len);
        let to = len.map_or(line.len(), |len| from + len);
        let cut = |cut: bool| if cut { "..." } else { "" };
        let (before, behind) = (cut(from > 0), cut(to < line.len()));
        Self {
            shown: &line[from..to],
            from,
            before,
            behind,
        }
    }

    fn append(&self, text: &mut String) {
        text.push_str(self.before);
        text.push_str(self.shown);
        text.push_str(self.behind);
    }

    /// A byte offset in the line as one in the shown text.
    fn shift(&self, at: usize) -> usize {
        let inside = at.saturating_sub(self.from).min(self.shown.len());
        self.before.len() + self.shown.floor_char_boundary(inside)
    }
}
