//! The changes of named fields, whatever holds them.

use haleway_blueprint::FieldEdits;

use super::template::Sources;

/// Named fields.
pub(super) trait Fields {
    /// Whether a field is there.
    fn has(&self, name: &str) -> bool;
    /// Takes it away.
    fn remove(&mut self, name: &str);
    /// Gives it another name, in place of what has that name. Whether it was there.
    fn rename(&mut self, from: &str, to: &str) -> bool;
    /// Sets it to one value.
    fn set(&mut self, name: &str, value: Vec<u8>);
    /// Puts a value behind those that are there.
    fn append(&mut self, name: &str, value: Vec<u8>);
}

/// Applies edits: remove, rename, replace, add, append. Where `filled` is false there was nothing
/// before, and only the last two count. Whether anything was done.
pub(super) fn edit(
    fields: &mut impl Fields,
    edits: &FieldEdits,
    sources: &Sources<'_>,
    filled: bool,
) -> bool {
    let mut done = false;
    if filled {
        done |= !edits.remove.is_empty();
        edits.remove.iter().for_each(|name| fields.remove(name));
        for (from, to) in &edits.rename {
            let to = sources.text(to);
            done |= *from != to && fields.rename(from, &to);
        }
        for (name, value) in &edits.replace {
            if fields.has(name) {
                done = true;
                match value {
                    Some(value) => fields.set(name, sources.render(value)),
                    None => fields.remove(name),
                }
            }
        }
    }
    for (name, value) in &edits.add {
        if !fields.has(name) {
            done = true;
            if let Some(value) = value {
                fields.set(name, sources.render(value));
            }
        }
    }
    for (name, value) in &edits.append {
        done = true;
        if let Some(value) = value {
            fields.append(name, sources.render(value));
        }
    }
    done
}
