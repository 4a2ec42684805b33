//! The tree against a model that tries every route.

use haleway_blueprint::{PathPattern, Segment};
use proptest::prelude::*;

use super::super::tree::Tree;
use super::pattern;

/// How specific a segment of a pattern is: the smaller, the more.
type Rank = (u8, std::cmp::Reverse<usize>);

/// The most specific pattern that fits, the earlier of equal ones, and its parameters' values.
fn model<'a>(patterns: &[PathPattern], path: &'a str) -> Option<(usize, Vec<&'a str>)> {
    let fitting = patterns.iter().enumerate().filter_map(|(index, pattern)| {
        let values = fit(&pattern.segments, path)?;
        Some((
            pattern.segments.iter().map(rank).collect::<Vec<Rank>>(),
            index,
            values,
        ))
    });
    fitting
        .min_by_key(|(ranks, index, _)| (ranks.clone(), *index))
        .map(|(_, index, values)| (index, values))
}

fn rank(segment: &Segment) -> Rank {
    match segment {
        Segment::Literal(_) => (0, std::cmp::Reverse(0)),
        Segment::Parameter { prefix, .. } => (1, std::cmp::Reverse(prefix.len())),
        Segment::Rest(_) => (2, std::cmp::Reverse(0)),
    }
}

fn fit<'a>(segments: &[Segment], path: &'a str) -> Option<Vec<&'a str>> {
    let mut values = Vec::new();
    let mut left = path;
    for segment in segments {
        left = left.strip_prefix('/')?;
        let end = left.find('/').unwrap_or(left.len());
        let text = &left[..end];
        match segment {
            Segment::Literal(literal) if literal == text => {}
            Segment::Literal(_) => return None,
            Segment::Parameter { prefix, .. } => {
                let value = text.strip_prefix(prefix.as_str())?;
                if value.is_empty() && end == left.len() {
                    return None;
                }
                values.push(value);
            }
            Segment::Rest(_) => {
                values.push(left);
                return Some(values);
            }
        }
        left = &left[end..];
    }
    left.is_empty().then_some(values)
}

fn patterns() -> impl Strategy<Value = Vec<PathPattern>> {
    let segment = prop::sample::select(vec!["a", "b", "ab", "ä", ":p", "a:p", "ab:p", ""]);
    let segments = prop::collection::vec(segment, 1..5);
    let rest = prop::bool::weighted(0.2);
    let one = (segments, rest).prop_map(|(segments, rest)| {
        let text: String = segments
            .iter()
            .map(|segment| format!("/{segment}"))
            .collect();
        pattern(&if rest { format!("{text}/*rest") } else { text })
    });
    prop::collection::vec(one, 1..12)
}

fn path() -> impl Strategy<Value = String> {
    let segment = prop::sample::select(vec!["a", "b", "ab", "abc", "ä", "x", "", "A"]);
    prop::collection::vec(segment, 0..6).prop_map(|segments| {
        segments
            .iter()
            .map(|segment| format!("/{segment}"))
            .collect()
    })
}

fn tree(patterns: &[PathPattern]) -> Tree {
    let mut tree = Tree::new();
    for (index, pattern) in patterns.iter().enumerate() {
        tree.insert(pattern, index);
    }
    tree
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_tree_finds_what_the_model_finds(patterns in patterns(), path in path()) {
        let found = tree(&patterns).find(&path).map(|(index, ranges)| {
            let value = |&(start, end): &(u32, u32)| &path[start as usize..end as usize];
            (index, ranges.iter().map(value).collect::<Vec<_>>())
        });
        prop_assert_eq!(found, model(&patterns, &path));
    }

    #[test]
    fn without_case_every_match_is_found_and_leads_to_a_route(
        patterns in patterns(),
        path in path(),
    ) {
        let tree = tree(&patterns);
        let exact = model(&patterns, &path).is_some();
        let folded = tree.find_folded(&path.to_uppercase());
        prop_assert!(folded.is_some() || !exact);
        if let Some(written) = folded {
            prop_assert!(tree.find(&written).is_some(), "{} leads nowhere", written);
        }
    }
}
