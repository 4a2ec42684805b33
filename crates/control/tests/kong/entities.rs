//! Entities: lists, pages, names, references, and the refusal of writes.

use serde_json::{Value as Json, json};

use crate::pretended::{id, serve};
use crate::wire::{ask, get};

fn ids(list: &Json) -> Vec<&str> {
    let data = list["data"].as_array().unwrap().iter();
    data.map(|entity| entity["id"].as_str().unwrap()).collect()
}

#[test]
fn lists_hold_whole_entities() {
    let served = serve();
    assert_eq!(
        get(&served.admin, "/routes/one"),
        json!({"id": id(30), "name": "one", "service": {"id": id(20)}, "tags": null})
    );
    let list = get(&served.admin, "/routes");
    assert_eq!(ids(&list), [id(30), id(31), id(32)]);
    assert_eq!((&list["next"], list.get("offset")), (&Json::Null, None));
    assert_eq!(
        get(&served.admin, "/vaults/"),
        json!({"data": [], "next": null})
    );
}

#[test]
fn lists_come_in_pages() {
    let served = serve();
    let first = get(&served.admin, "/routes?size=2");
    assert_eq!(ids(&first), [id(30), id(31)]);
    assert_eq!(first["next"], "/routes?offset=Mg%3D%3D&size=2");
    assert_eq!(first["offset"], "Mg==");
    let second = get(&served.admin, first["next"].as_str().unwrap());
    assert_eq!(ids(&second), [id(32)]);
    let nested = get(&served.admin, "/services/demo/routes?size=1");
    let next = format!("/services/{}/routes?offset=MQ%3D%3D&size=1", id(20));
    assert_eq!(nested["next"], next);
    let cases = [
        ("/routes?size=x", 9, "invalid size", "size must be a number"),
        (
            "/routes?size=0",
            9,
            "invalid size",
            "size must be an integer between 1 and 1000",
        ),
        (
            "/routes?offset=x",
            7,
            "invalid offset",
            "'x' is not a valid offset: bad base64 encoding",
        ),
    ];
    for (path, code, name, message) in cases {
        let answered = ask(&served.admin, "GET", path);
        assert_eq!(answered.status, 400, "{path}");
        assert_eq!(
            answered.json(),
            json!({"code": code, "name": name, "message": message})
        );
    }
}

#[test]
fn lists_are_filtered_by_tags_and_custom_id() {
    let served = serve();
    let tagged = |tags: &str| get(&served.admin, &format!("/services?tags={tags}"));
    assert_eq!(ids(&tagged("b")), [id(20), id(21)]);
    assert_eq!(ids(&tagged("a,b")), [id(20)]);
    assert_eq!(ids(&tagged("a%2Fc")), [id(20)]);
    let answered = ask(&served.admin, "GET", "/services?tags=a,b/c");
    assert_eq!(answered.status, 400);
    assert_eq!(
        answered.json(),
        json!({
            "code": 11,
            "name": "invalid options",
            "message": "invalid option (tags: invalid filter syntax)",
            "options": {"tags": "invalid filter syntax"},
        })
    );
    assert_eq!(
        ids(&get(&served.admin, "/consumers?custom_id=b-1")),
        [id(40)]
    );
    assert!(ids(&get(&served.admin, "/consumers?custom_id=b-2")).is_empty());
    let tags = get(&served.admin, "/tags/a");
    let names: Vec<&Json> = tags["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["entity_name"])
        .collect();
    assert_eq!(names, ["upstreams", "services"]);
    assert_eq!(
        tags["data"][1],
        json!({"entity_name": "services", "entity_id": id(20), "tag": "a"})
    );
    assert_eq!(
        get(&served.admin, "/tags")["data"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
}

#[test]
fn one_is_found_by_id_or_name_and_through_others() {
    let served = serve();
    let cases = [
        (format!("/services/{}", id(20)), 20),
        ("/services/demo".to_owned(), 20),
        ("/services/demo/routes/two".to_owned(), 31),
        ("/routes/two/service".to_owned(), 20),
        ("/services/demo/plugins".to_owned(), 60),
        ("/consumers/bob/key-auth/k".to_owned(), 41),
        ("/consumers/bob/acls".to_owned(), 42),
        ("/key-auths/k/consumer".to_owned(), 40),
        ("/certificates/a.shop".to_owned(), 50),
        (format!("/certificates/{}/snis", id(50)), 51),
        (format!("/upstreams/shop/targets/{}", id(11)), 11),
        ("/upstreams/shop/targets/api.shop:8000".to_owned(), 11),
        ("/upstreams/shop/targets/API.shop".to_owned(), 11),
    ];
    for (path, number) in cases {
        let found = get(&served.admin, &path);
        let found = found.get("data").map_or(&found, |data| &data[0]);
        assert_eq!(found["id"], id(number), "{path}");
    }
    assert_eq!(
        get(&served.admin, "/certificates/a.shop")["snis"],
        json!(["a.shop"])
    );
}

#[test]
fn what_is_not_there_is_not_found() {
    let served = serve();
    let paths = [
        "/services/none".to_owned(),
        format!("/services/{}", id(99)),
        "/services/none/routes".to_owned(),
        "/services/other/routes/one".to_owned(),
        "/routes/alone/service".to_owned(),
        "/snis/a.shop/certificate".to_owned(),
        "/targets".to_owned(),
        format!("/upstreams/plain/targets/{}", id(11)),
        "/upstreams/shop/targets/x".to_owned(),
        "/upstreams/none/health".to_owned(),
        "/nothing".to_owned(),
    ];
    for path in paths {
        let answered = ask(&served.admin, "GET", &path);
        assert_eq!(
            (answered.status, answered.body.as_str()),
            (404, r#"{"message":"Not found"}"#),
            "{path}"
        );
    }
    let answered = ask(&served.admin, "GET", "/acls/g");
    assert_eq!(
        (answered.status, &answered.json()["code"]),
        (400, &json!(1))
    );
}

#[test]
fn targets_come_newest_first_or_as_written() {
    let served = serve();
    let newest = get(&served.admin, "/upstreams/shop/targets");
    assert_eq!(ids(&newest), [id(13), id(12), id(11), id(10)]);
    assert_eq!(newest["data"][0]["created_at"], json!(1_700_000_000.25));
    let all = get(&served.admin, "/upstreams/shop/targets/all");
    assert_eq!(ids(&all), [id(10), id(11), id(12), id(13)]);
    let page = get(&served.admin, "/upstreams/shop/targets?size=3");
    let next = format!("/upstreams/{}/targets?offset=Mw%3D%3D&size=3", id(1));
    assert_eq!(page["next"], next);
}

#[test]
fn writes_are_refused_in_the_words_of_kong() {
    let served = serve();
    let one = format!("/routes/{}", id(30));
    let cases = [
        ("POST", "/routes", "cannot create 'routes' entities"),
        ("PUT", &one, "cannot create or update 'routes' entities"),
        ("PATCH", &one, "cannot update 'routes' entities"),
        ("DELETE", &one, "cannot remove 'routes' entities"),
        (
            "PUT",
            "/routes/one",
            "cannot create or update 'routes' entities by 'name'",
        ),
        (
            "DELETE",
            "/consumers/bob",
            "cannot remove 'consumers' entities by 'username'",
        ),
        (
            "POST",
            "/services/demo/routes",
            "cannot create 'routes' entities",
        ),
        (
            "PATCH",
            "/routes/one/service",
            "cannot update 'services' entities",
        ),
        (
            "POST",
            "/consumers/bob/key-auth",
            "cannot create 'keyauth_credentials' entities",
        ),
        (
            "POST",
            "/upstreams/shop/targets",
            "cannot create 'targets' entities",
        ),
        (
            "PUT",
            "/upstreams/shop/targets/api.shop:8000",
            "cannot update 'targets' entities",
        ),
        (
            "DELETE",
            "/upstreams/shop/targets/api.shop:8000",
            "cannot remove 'targets' entities",
        ),
    ];
    for (method, path, what) in cases {
        let answered = ask(&served.admin, method, path);
        assert_eq!(answered.status, 405, "{method} {path}");
        let message = format!("{what} when not using a database");
        let expected = json!({"code": 12, "name": "operation unsupported", "message": message});
        assert_eq!(answered.json(), expected, "{method} {path}");
    }
}

#[test]
fn methods_that_a_path_does_not_have_are_refused() {
    let served = serve();
    for (method, path) in [
        ("POST", "/services/none/routes"),
        ("DELETE", "/upstreams/shop/targets/x"),
    ] {
        assert_eq!(
            ask(&served.admin, method, path).status,
            404,
            "{method} {path}"
        );
    }
    for (method, path) in [
        ("DELETE", "/routes"),
        ("POST", "/routes/one"),
        ("GEEEET", "/"),
        ("POST", "/status"),
        ("GET", "/upstreams/shop/targets/x/healthy"),
    ] {
        let answered = ask(&served.admin, method, path);
        assert_eq!(answered.status, 405, "{method} {path}");
        assert_eq!(answered.body, r#"{"message":"Method not allowed"}"#);
    }
    assert_eq!(ask(&served.status, "POST", "/upstreams").status, 405);
    assert_eq!(ask(&served.status, "GET", "/services").status, 404);
}
