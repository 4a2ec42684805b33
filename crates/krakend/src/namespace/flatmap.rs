//! `flatmap_filter` of `proxy`: operations on the tree of the data (krakend/flatmap).

use haleway_blueprint::FlatmapOp;
use haleway_document::{Diagnostic, Node, nearest};

use crate::code;
use crate::context::Context;
use crate::key::{Key, key};
use crate::reader::{Reader, Strictness};

/// Keys of one operation.
pub(crate) static KEYS: &[Key] = &[key("type"), key("args")];

const TYPES: &[&str] = &["move", "del", "append"];

/// Reads the operations; one that does nothing is reported and left out.
pub(crate) fn read(context: &Context<'_>, items: &[Node], place: &str) -> Vec<FlatmapOp> {
    let place = format!("{place}, flatmap_filter");
    items
        .iter()
        .filter_map(|item| operation(context, item, &place))
        .collect()
}

fn operation(context: &Context<'_>, item: &Node, place: &str) -> Option<FlatmapOp> {
    let reader = Reader::new(context, item, KEYS, place, Strictness::Ignores)?;
    let kind = reader.text("type");
    let args: Vec<String> = reader.values("args");
    let kind_name = kind.as_ref().map_or("", |it| it.value.as_str());
    let problem = match (kind_name, args.as_slice()) {
        ("move", [from, to, ..]) => {
            return Some(FlatmapOp::Move {
                from: from.clone(),
                to: to.clone(),
            });
        }
        ("append", [from, to, ..]) => {
            return Some(FlatmapOp::Append {
                from: from.clone(),
                to: to.clone(),
            });
        }
        ("del", [_, ..]) => return Some(FlatmapOp::Delete(args)),
        ("del", []) => "`del` without `args` does nothing".to_owned(),
        ("move" | "append", _) => {
            format!("`{kind_name}` needs two `args`, from and to, and is left out")
        }
        _ => format!("`{kind_name}` is no operation and is ignored"),
    };
    let hint = nearest(kind_name, TYPES.iter().copied()).filter(|_| !TYPES.contains(&kind_name));
    let label = hint.map_or_else(String::new, |hint| format!("did you mean `{hint}`?"));
    let span = kind.map_or(item.span, |it| it.span);
    let finding = Diagnostic::warning(code::FLATMAP, reader.says(&problem)).at(span, label);
    context.report(
        finding.help("operations are `move` [from, to], `append` [from, to] and `del` [paths]"),
    );
    None
}
