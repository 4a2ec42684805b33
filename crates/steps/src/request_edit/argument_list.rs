//! The arguments of a query or a form, to be changed and written anew.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::fields::Fields;
use crate::arguments;

/// What is escaped in names and values (`ngx.escape_uri` of nginx's Lua module).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*');

/// Arguments by name, in the order in which the names appear. Those that are not looked at are
/// not in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ArgumentList(Vec<Argument>);

#[derive(Debug, PartialEq, Eq)]
struct Argument {
    name: Vec<u8>,
    /// `None` for a name alone.
    values: Vec<Option<Vec<u8>>>,
}

impl ArgumentList {
    pub(super) fn parse(raw: &[u8]) -> Self {
        let mut list = Self::default();
        for (name, value) in arguments::all(raw) {
            list.values(&name).push(value.map(Into::into));
        }
        list
    }

    /// Puts the arguments of another list behind.
    pub(super) fn join(&mut self, other: Self) {
        for argument in other.0 {
            self.values(&argument.name).extend(argument.values);
        }
    }

    /// Writes them sorted by name.
    pub(super) fn sorted(mut self) -> String {
        self.0.sort_by(|a, b| a.name.cmp(&b.name));
        self.written()
    }

    /// Writes them in their order.
    pub(super) fn written(&self) -> String {
        let mut out = String::new();
        for argument in &self.0 {
            let name = percent_encode(&argument.name, ESCAPED);
            for value in &argument.values {
                if !out.is_empty() {
                    out.push('&');
                }
                out.extend(name.clone());
                if let Some(value) = value {
                    out.push('=');
                    out.extend(percent_encode(value, ESCAPED));
                }
            }
        }
        out
    }

    fn position(&self, name: &[u8]) -> Option<usize> {
        self.0.iter().position(|argument| argument.name == name)
    }

    fn values(&mut self, name: &[u8]) -> &mut Vec<Option<Vec<u8>>> {
        let at = self.position(name).unwrap_or_else(|| {
            self.0.push(Argument {
                name: name.to_vec(),
                values: Vec::new(),
            });
            self.0.len() - 1
        });
        &mut self.0[at].values
    }
}

impl Fields for ArgumentList {
    fn has(&self, name: &str) -> bool {
        self.position(name.as_bytes()).is_some()
    }

    fn remove(&mut self, name: &str) {
        self.0.retain(|argument| argument.name != name.as_bytes());
    }

    fn rename(&mut self, from: &str, to: &str) -> bool {
        let Some(at) = self.position(from.as_bytes()) else {
            return false;
        };
        self.0[at].name = to.as_bytes().to_vec();
        let mut index = 0;
        self.0.retain(|argument| {
            index += 1;
            index == at + 1 || argument.name != to.as_bytes()
        });
        true
    }

    fn set(&mut self, name: &str, value: Vec<u8>) {
        *self.values(name.as_bytes()) = vec![Some(value)];
    }

    fn append(&mut self, name: &str, value: Vec<u8>) {
        let values = self.values(name.as_bytes());
        // A name alone is no text, so nothing can stand behind it.
        if values.as_slice() == [None] {
            values.clear();
        }
        values.push(Some(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_written_as_nginx_does() {
        for (raw, sorted) in [
            ("b=2&a=1&b=3", "a=1&b=2&b=3"),
            ("flag&x=", "flag&x="),
            ("a=%2F+b&c=%C3%A4!'()*-._~", "a=%2F%20b&c=%C3%A4!'()*-._~"),
            ("=x&&", ""),
        ] {
            assert_eq!(
                ArgumentList::parse(raw.as_bytes()).sorted(),
                sorted,
                "{raw}"
            );
        }
        let list = ArgumentList::parse(b"b=2&a=1&b=3");
        assert_eq!(list.written(), "b=2&b=3&a=1");
    }
}
