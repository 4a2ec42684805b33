//! Group: the body moves under one key.

use crate::{Object, Text};

pub(super) fn apply(name: &str, data: &mut Object) {
    let inner = std::mem::take(data);
    data.insert(Text::from(name.to_owned()), inner);
}

#[cfg(test)]
mod tests {
    use crate::Shape;
    use crate::shape::testing::shaped;

    #[test]
    fn wraps_even_an_empty_body() {
        let group = Shape::group("g.h".into());
        assert_eq!(shaped(&group, r#"{"a":1}"#), r#"{"g.h":{"a":1}}"#);
        assert_eq!(shaped(&group, "{}"), r#"{"g.h":{}}"#);
    }
}
