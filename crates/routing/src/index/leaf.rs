//! A list of matches, split further where it is long.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use http::HeaderName;
use smallvec::SmallVec;

use super::{List, Number, Search};
use crate::hash::{TextHasher, TextMap};
use crate::method::{self, slot};
use crate::name::Name;
use crate::rule::Keys;

/// A list of this length is tried as it stands.
const LIST_TYPICAL: usize = 8;

/// A list of matches in the order of evaluation.
#[derive(Debug, Default)]
pub(super) struct Leaf {
    /// Short ones need no memory of their own.
    all: SmallVec<[Number; 4]>,
    split: Option<Box<Split>>,
}

/// The matches of a list by something that they look at; `rest` does not look at it, or not in a
/// way that can be looked up.
#[derive(Debug)]
enum Split {
    /// By method, `rest` included in each.
    Method(Vec<Leaf>),
    /// By lines of a header: hashes of values in lower case.
    Header {
        name: HeaderName,
        values: HashMap<u64, Leaf, BuildHasherDefault<TextHasher>>,
        rest: Leaf,
    },
    /// By name in the TLS handshake.
    Sni { names: TextMap<Leaf>, rest: Leaf },
}

/// What a list was already split by on the way here.
#[derive(Clone, Default)]
struct Done<'k> {
    method: bool,
    sni: bool,
    headers: Vec<&'k HeaderName>,
}

impl Leaf {
    /// A list of candidates; `keys` are those of all candidates.
    pub(super) fn new(list: List, keys: &[Keys<'_>]) -> Self {
        Self::below(list, keys, &Done::default())
    }

    /// Each split at least halves the list, which bounds the depth.
    fn below(list: List, keys: &[Keys<'_>], done: &Done<'_>) -> Self {
        let split = match list.len() > LIST_TYPICAL {
            true => by_method(&list, keys, done)
                .or_else(|| by_header(&list, keys, done))
                .or_else(|| by_sni(&list, keys, done)),
            false => None,
        };
        Self {
            all: list.into(),
            split: split.map(Box::new),
        }
    }

    pub(super) fn search(&self, search: &mut Search<'_, '_>) {
        if self.all.first().is_none_or(|&first| first >= search.best) {
            return;
        }
        match &self.split {
            None => search.try_list(&self.all),
            Some(split) => split.search(&self.all, search),
        }
    }
}

impl Split {
    fn search(&self, all: &[Number], search: &mut Search<'_, '_>) {
        match self {
            Self::Method(leaves) => {
                if let Some(leaf) = leaves.get(search.method.trailing_zeros() as usize) {
                    leaf.search(search);
                }
            }
            Self::Header { name, values, rest } => {
                for line in search.request.headers.get_all(name) {
                    // Letter case of other texts is not for a hash to know.
                    if !line.as_bytes().is_ascii() {
                        return search.try_list(all);
                    }
                    if let Some(leaf) = values.get(&folded_hash(line.as_bytes())) {
                        leaf.search(search);
                    }
                }
                rest.search(search);
            }
            Self::Sni { names, rest } => {
                if !search.request.over_tls() {
                    return search.try_list(all);
                }
                let found = search.request.sni.and_then(|sni| names.get(sni));
                if let Some(leaf) = found {
                    leaf.search(search);
                }
                rest.search(search);
            }
        }
    }
}

/// A split is worth it if it leaves no more than half of the list in one place.
fn halves(list: &[Number], longest: usize) -> bool {
    longest <= list.len() / 2
}

fn by_method(list: &[Number], keys: &[Keys<'_>], done: &Done<'_>) -> Option<Split> {
    if done.method {
        return None;
    }
    let mut lists = vec![List::new(); method::SLOTS];
    for &number in list {
        match &keys[number as usize].methods {
            Some(methods) => {
                for method in methods {
                    super::push(&mut lists[slot(method)], number);
                }
            }
            None => lists.iter_mut().for_each(|list| list.push(number)),
        }
    }
    let longest = lists.iter().map(Vec::len).max()?;
    let mut done = done.clone();
    done.method = true;
    halves(list, longest).then(|| {
        let leaves = lists.into_iter();
        Split::Method(leaves.map(|list| Leaf::below(list, keys, &done)).collect())
    })
}

fn by_header<'k>(list: &[Number], keys: &'k [Keys<'k>], done: &Done<'k>) -> Option<Split> {
    let mut asked: HashMap<&HeaderName, usize> = HashMap::new();
    for &number in list {
        for (name, _) in &keys[number as usize].headers {
            *asked.entry(name).or_default() += 1;
        }
    }
    asked.retain(|name, _| !done.headers.contains(name));
    // By name, too, so that the same matches give the same index.
    let (name, _) = asked
        .into_iter()
        .max_by_key(|&(name, count)| (count, name.as_str()))?;
    let (mut values, mut rest) = (HashMap::<u64, List>::new(), List::new());
    for &number in list {
        let asked = &keys[number as usize].headers;
        match asked.iter().find(|(asked, _)| *asked == name) {
            Some((_, asked)) => {
                for value in asked {
                    let list = values.entry(folded_hash(value.as_bytes())).or_default();
                    super::push(list, number);
                }
            }
            None => rest.push(number),
        }
    }
    let longest = values.values().map(Vec::len).max()?.max(rest.len());
    let mut done = done.clone();
    done.headers.push(name);
    halves(list, longest).then(|| {
        let values = values.into_iter();
        Split::Header {
            name: name.clone(),
            values: values
                .map(|(hash, list)| (hash, Leaf::below(list, keys, &done)))
                .collect(),
            rest: Leaf::below(rest, keys, &done),
        }
    })
}

fn by_sni(list: &[Number], keys: &[Keys<'_>], done: &Done<'_>) -> Option<Split> {
    if done.sni {
        return None;
    }
    let (mut names, mut rest) = (HashMap::<Box<str>, List>::new(), List::new());
    for &number in list {
        let asked = keys[number as usize].snis.as_deref().unwrap_or_default();
        let exact: Option<Vec<&str>> = asked.iter().map(|name| exact(name)).collect();
        match exact {
            Some(exact) if !exact.is_empty() => {
                for name in exact {
                    super::push(names.entry(name.into()).or_default(), number);
                }
            }
            _ => rest.push(number),
        }
    }
    let longest = names.values().map(Vec::len).max()?.max(rest.len());
    let mut done = done.clone();
    done.sni = true;
    halves(list, longest).then(|| {
        let names = names.into_iter();
        Split::Sni {
            names: names
                .map(|(name, list)| (name, Leaf::below(list, keys, &done)))
                .collect(),
            rest: Leaf::below(rest, keys, &done),
        }
    })
}

fn exact(name: &Name) -> Option<&str> {
    match name {
        Name::Exact(name) => Some(name),
        Name::BeginsWith(_) | Name::EndsWith(_) => None,
    }
}

/// The hash of a text in lower case of ASCII.
fn folded_hash(text: &[u8]) -> u64 {
    let mut hasher = TextHasher::default();
    for chunk in text.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        word.make_ascii_lowercase();
        hasher.write_u64(u64::from_le_bytes(word));
    }
    hasher.write_u64(text.len() as u64);
    hasher.finish()
}
