//! Pages of a list: `size`, `offset` and the filter by `tags`.

use serde_json::{Value as Json, json};

use super::answer::{self, Refusal};
use super::base64;
use super::query::{Arguments, escaped};
use super::view::{Entity, tags};
use crate::answer::Answer;
use crate::limits::{PAGE_SIZE, PAGE_SIZE_MAX};

/// Which page of a list is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// Entities at most.
    size: usize,
    /// Entities before it.
    offset: usize,
    tags: Tags,
    /// The arguments that the next page is asked for with: `&tags=a&size=2`.
    again: String,
}

/// Which tags an entity must have.
#[derive(Debug, PartialEq, Eq)]
enum Tags {
    Any,
    AllOf(Vec<String>),
    OneOf(Vec<String>),
}

impl Page {
    /// Reads what is asked for.
    pub(super) fn of(arguments: &Arguments) -> Result<Self, Refusal> {
        let size = arguments.value("size").map(size).transpose()?;
        let offset = arguments.value("offset").map(offset).transpose()?;
        let tags = arguments.value("tags").map(Tags::of).transpose()?;
        let mut again = String::new();
        for name in ["tags", "size"] {
            if let Some(value) = arguments.value(name) {
                again.push_str(&format!("&{name}={}", escaped(value)));
            }
        }
        Ok(Self {
            size: size.unwrap_or(PAGE_SIZE),
            offset: offset.unwrap_or(0),
            tags: tags.unwrap_or(Tags::Any),
            again,
        })
    }

    /// The page of a list of entities at `path`.
    pub(super) fn answer<'a>(
        &self,
        path: &str,
        entities: impl Iterator<Item = &'a Entity>,
        shown: impl Fn(&'a Entity) -> Json,
    ) -> Answer {
        let fitting = entities.filter(|entity| self.tags.fit(entity));
        answer::ok(&self.value(path, fitting.map(shown)))
    }

    /// The page of a list of values at `path`: `data`, `next`, and `offset` where more follow.
    pub(super) fn value(&self, path: &str, values: impl Iterator<Item = Json>) -> Json {
        let mut values = values.skip(self.offset);
        let data: Vec<Json> = values.by_ref().take(self.size).collect();
        if values.next().is_none() {
            return json!({"data": data, "next": null});
        }
        let offset = base64::encoded(self.offset.saturating_add(self.size).to_string().as_bytes());
        let next = format!("{path}?offset={}{}", escaped(&offset), self.again);
        json!({"data": data, "next": next, "offset": offset})
    }
}

impl Tags {
    /// `a,b` is both, `a/b` is one of them.
    fn of(text: &str) -> Result<Self, Refusal> {
        if text.is_empty() {
            return Err(Refusal::InvalidTags("cannot be null"));
        }
        let split = |by: char| -> Vec<String> {
            let parts = text.strip_suffix(by).unwrap_or(text).split(by);
            parts.map(str::to_owned).collect()
        };
        let list = match (text.contains(','), text.contains('/')) {
            (true, true) => return Err(Refusal::InvalidTags("invalid filter syntax")),
            (_, false) => Self::AllOf(split(',')),
            (false, true) => Self::OneOf(split('/')),
        };
        match &list {
            Self::AllOf(tags) | Self::OneOf(tags) if tags.iter().any(|tag| !is_tag(tag)) => {
                Err(Refusal::InvalidTags("invalid filter syntax"))
            }
            _ => Ok(list),
        }
    }

    fn fit(&self, entity: &Entity) -> bool {
        let has = |tag: &String| tags(entity).any(|its| its == tag);
        match self {
            Self::Any => true,
            Self::AllOf(wanted) => wanted.iter().all(has),
            Self::OneOf(wanted) => wanted.iter().any(has),
        }
    }
}

/// Printable, and more than nothing.
fn is_tag(tag: &str) -> bool {
    !tag.is_empty() && !tag.chars().any(char::is_control)
}

fn size(text: &str) -> Result<usize, Refusal> {
    let number: f64 = text
        .trim()
        .parse()
        .map_err(|_| Refusal::InvalidSize("size must be a number"))?;
    let bounds = 1.0..=PAGE_SIZE_MAX as f64;
    if number.fract() != 0.0 || !bounds.contains(&number) {
        return Err(Refusal::InvalidSize(
            "size must be an integer between 1 and 1000",
        ));
    }
    Ok(number as usize)
}

fn offset(text: &str) -> Result<usize, Refusal> {
    let invalid =
        |why: &str| Refusal::InvalidOffset(format!("'{text}' is not a valid offset: {why}"));
    let bytes = base64::decoded(text).ok_or_else(|| invalid("bad base64 encoding"))?;
    let number = std::str::from_utf8(&bytes).ok();
    let number = number.and_then(|number| number.parse().ok());
    number.ok_or_else(|| invalid("offset must be a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(query: &str) -> Result<Page, Refusal> {
        Page::of(&Arguments::of(query))
    }

    fn values(page: &Page, count: usize) -> Json {
        page.value("/routes", (0..count).map(Json::from))
    }

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let first = values(&page("size=2&tags=a%2Cb").unwrap(), 5);
        assert_eq!(first["data"], json!([0, 1]));
        assert_eq!(first["next"], "/routes?offset=Mg%3D%3D&tags=a%2Cb&size=2");
        let offset = escaped(first["offset"].as_str().unwrap());
        let last = values(&page(&format!("size=4&offset={offset}")).unwrap(), 5);
        assert_eq!(last, json!({"data": [2, 3, 4], "next": null}));
        let behind = values(&page("offset=OTk5").unwrap(), 5);
        assert_eq!(behind, json!({"data": [], "next": null}));
    }

    #[test]
    fn a_page_has_a_hundred_and_at_most_a_thousand() {
        let data = |query: &str| {
            values(&page(query).unwrap(), 2_000)["data"]
                .as_array()
                .unwrap()
                .len()
        };
        assert_eq!((data(""), data("size=1000")), (100, 1000));
        let bounds = Refusal::InvalidSize("size must be an integer between 1 and 1000");
        for text in ["0", "1001", "-1", "1.5", "inf"] {
            assert_eq!(page(&format!("size={text}")), Err(bounds.clone()), "{text}");
        }
        let number = Refusal::InvalidSize("size must be a number");
        assert_eq!(page("size=x"), Err(number));
    }

    #[test]
    fn offsets_that_no_page_gave_are_refused() {
        let message = "'x' is not a valid offset: bad base64 encoding";
        assert_eq!(
            page("offset=x"),
            Err(Refusal::InvalidOffset(message.to_owned()))
        );
        let message = "'eHl6' is not a valid offset: offset must be a number";
        assert_eq!(
            page("offset=eHl6"),
            Err(Refusal::InvalidOffset(message.to_owned()))
        );
    }

    #[test]
    fn tags_are_all_or_one() {
        let entity = json!({"tags": ["a", "b"]});
        let entity = entity.as_object().unwrap();
        for (tags, fits) in [
            ("a", true),
            ("a,b", true),
            ("a,c", false),
            ("c/b", true),
            ("c/d", false),
        ] {
            assert_eq!(Tags::of(tags).unwrap().fit(entity), fits, "{tags}");
        }
        for tags in ["a,b/c", ",a", "a,,b", "/"] {
            assert_eq!(
                Tags::of(tags),
                Err(Refusal::InvalidTags("invalid filter syntax")),
                "{tags}"
            );
        }
        assert_eq!(Tags::of(""), Err(Refusal::InvalidTags("cannot be null")));
    }
}
