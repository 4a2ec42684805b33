//! The parameters as serde types, for whoever embeds them.
#![cfg(feature = "serde")]

mod world;

use haleway_health::{PoolConfig, What};
use world::{World, kong};

#[test]
fn parameters_survive_json() {
    let config = kong([3, 1, 0, 0], [3, 3, 0, 0], [5, 5]);
    let json = serde_json::to_string(&config).unwrap();
    assert_eq!(serde_json::from_str::<PoolConfig>(&json).unwrap(), config);
}

#[test]
fn an_explanation_is_json_with_plain_words() {
    let mut world = World::new(kong([0; 4], [3, 1, 0, 0], [0, 0]), 1);
    world.request(0, What::Status(503)).unwrap();
    let json = serde_json::to_value(world.why(0)).unwrap();
    assert_eq!(json["verdict"], "unhealthy");
    assert_eq!(json["cause"]["code"], "http_failures");
    assert_eq!(json["cause"]["compact"], "L7STS/503");
    assert_eq!(json["cause"]["seen"][0]["what"]["status"], 503);
    assert!(json["cause"]["recovery"]["never"]["changes"].is_array());
}
