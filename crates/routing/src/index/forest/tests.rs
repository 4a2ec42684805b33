use proptest::collection::vec;
use proptest::prelude::*;

use super::{Forest, Sapling};

proptest! {
    #[test]
    fn prefixes_are_those_of_a_plain_list(
        trees in vec(vec("[ab/]{0,6}", 0..20), 1..4),
        asked in vec("[ab/]{0,8}", 8),
    ) {
        let mut forest = Forest::default();
        let mut planted = Vec::new();
        for texts in &trees {
            let mut sapling: Sapling<Vec<String>> = Sapling::default();
            for text in texts {
                sapling.entry(text.as_bytes()).push(text.clone());
            }
            let tree = forest.plant(sapling, |values| values);
            prop_assert_eq!(tree.is_none(), texts.is_empty());
            planted.push((texts, tree));
        }
        for (texts, tree) in planted {
            for asked in &asked {
                let mut expected: Vec<&String> =
                    texts.iter().filter(|text| asked.starts_with(*text)).collect();
                expected.sort_by_key(|text| text.len());
                let mut seen = Vec::new();
                for (values, left) in forest.prefixes(tree, asked.as_bytes()) {
                    prop_assert!(values.iter().all(|text| text.len() + left == asked.len()));
                    seen.extend(values);
                }
                prop_assert_eq!(seen, expected);
            }
        }
    }
}
