//! Consumers with all that they may show.

use std::sync::Arc;

use haleway_blueprint::{
    BasicCredential, Consumer, JwtCredential, KeyCredential, Secret, StoredPassword,
};

use super::Compilation;
use crate::entity::{Entity, Store};

/// All consumers. Credentials that are empty, because a secret was not there, let nobody in.
pub(super) fn consumers(compilation: &Compilation<'_>) -> Vec<Consumer> {
    let all = compilation.store.all("consumers").iter();
    all.map(|entity| consumer(compilation, entity)).collect()
}

fn consumer(compilation: &Compilation<'_>, entity: &Entity) -> Consumer {
    let record = &entity.record;
    let text = |field: &str| record.text(field).map(str::to_owned);
    let store = compilation.store;
    let groups = owned(store, "acls", entity).filter_map(|acl| acl.record.text("group"));
    Consumer {
        id: entity.id.clone(),
        username: text("username"),
        custom_id: text("custom_id"),
        tags: record
            .texts("tags")
            .into_iter()
            .map(str::to_owned)
            .collect(),
        groups: groups.map(str::to_owned).collect(),
        keys: owned(store, "keyauth_credentials", entity)
            .map(key)
            .collect(),
        passwords: owned(store, "basicauth_credentials", entity)
            .map(password)
            .collect(),
        tokens: owned(store, "jwt_secrets", entity)
            .map(token)
            .filter(|it| it.secret.as_ref().is_none_or(|it| !it.expose().is_empty()))
            .collect(),
        origin: compilation.context.origin(entity.span),
    }
}

fn owned<'a>(store: &'a Store, kind: &str, consumer: &Entity) -> impl Iterator<Item = &'a Entity> {
    store.owned(kind, "consumer", &consumer.id)
}

fn secret(entity: &Entity, field: &str) -> Secret {
    Secret(Arc::from(entity.record.text(field).unwrap_or_default()))
}

fn key(entity: &Entity) -> KeyCredential {
    KeyCredential {
        id: entity.id.clone(),
        key: secret(entity, "key"),
    }
}

/// Passwords have been hashed when they were read, or were written as hashes.
fn password(entity: &Entity) -> BasicCredential {
    BasicCredential {
        id: entity.id.clone(),
        username: entity
            .record
            .text("username")
            .unwrap_or_default()
            .to_owned(),
        password: StoredPassword::Sha1WithConsumer(secret(entity, "password")),
    }
}

fn token(entity: &Entity) -> JwtCredential {
    let record = &entity.record;
    let hmac = record
        .text("algorithm")
        .is_none_or(|it| it.starts_with("HS"));
    JwtCredential {
        id: entity.id.clone(),
        key: record.text("key").unwrap_or_default().to_owned(),
        algorithm: record.text("algorithm").unwrap_or("HS256").to_owned(),
        secret: hmac.then(|| secret(entity, "secret")),
        public_key: record.text("rsa_public_key").map(str::to_owned),
    }
}
