//! Certificates are shown with the server names that choose them, and found by one of them.

use serde_json::Value as Json;

use super::kind::{self, Kind};
use super::view::{self, Entity, View, is_uuid};

/// The certificate of an id, or of a server name.
pub(super) fn find<'a>(view: &'a View, kind: &Kind, key: &str) -> Option<&'a Entity> {
    if is_uuid(key) {
        return view.by_id(kind, key);
    }
    let sni = view.find(kind::named("snis")?, key)?;
    view.by_id(kind, view::foreign(sni, "certificate")?)
}

/// Adds the names to a certificate.
pub(super) fn name(view: &View, certificate: &mut Entity) {
    let Some(kind) = kind::named("snis") else {
        return;
    };
    let id = view::id(certificate).unwrap_or_default();
    let owned = view.owned(kind, "certificate", id).into_iter();
    let names: Vec<Json> = owned
        .filter_map(|sni| view::text(sni, "name"))
        .map(Json::from)
        .collect();
    certificate.insert("snis".to_owned(), Json::Array(names));
}
