//! From the text of an expression to its tree.

use std::net::IpAddr;

use atc_router::ast::{self, BinaryOperator, LhsTransformations, LogicalExpression, Type, Value};
use atc_router::parser::parse;
use atc_router::schema::Schema;
use atc_router::semantics::Validate;
use haleway_blueprint::AddressRange;

use super::Node;
use super::field::{AddressField, Field, NumberField, TextField};
use super::predicate::{AddressTest, NumberTest, Predicate, TextTest};
use crate::pattern::Pattern;

/// Longer expressions are refused.
const BYTES_MAX: usize = 64 * 1024;
/// Expressions with more parentheses inside each other are refused.
const NESTING_MAX: usize = 32;
/// Expressions with more `&&` and `||` are refused: the parser makes each of them a level of its
/// tree.
const OPERATORS_MAX: usize = 1024;

pub(super) fn compile(text: &str) -> Result<Node, String> {
    check_size(text)?;
    let tree = parse(text).map_err(|error| error.to_string())?;
    tree.validate(&schema())?;
    node(&tree)
}

/// The parser and its tree recurse. Parentheses and operators within literals count, too: the
/// limits are far from what people write.
fn check_size(text: &str) -> Result<(), String> {
    let count = |operator: &str| text.matches(operator).count();
    if text.len() > BYTES_MAX {
        return Err(format!("the expression is longer than {BYTES_MAX} bytes"));
    }
    if count("&&") + count("||") > OPERATORS_MAX {
        return Err(format!(
            "the expression has more than {OPERATORS_MAX} operators `&&` and `||`"
        ));
    }
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    match deepest > NESTING_MAX {
        true => Err(format!(
            "the expression has more than {NESTING_MAX} parentheses inside each other"
        )),
        false => Ok(()),
    }
}

/// The fields and their types (Kong 3.9, `kong/router/fields.lua`, and the older name `net.port`).
fn schema() -> Schema {
    let mut schema = Schema::default();
    for name in [
        "net.protocol",
        "tls.sni",
        "http.method",
        "http.host",
        "http.path",
        "http.path.segments.*",
        "http.headers.*",
        "http.queries.*",
    ] {
        schema.add_field(name, Type::String);
    }
    for name in [
        "net.port",
        "net.src.port",
        "net.dst.port",
        "http.path.segments.len",
    ] {
        schema.add_field(name, Type::Int);
    }
    for name in ["net.src.ip", "net.dst.ip"] {
        schema.add_field(name, Type::IpAddr);
    }
    schema
}

/// Recurses into parentheses only, which [`check_size`] bounds: a chain of one operator leans to the
/// left and is walked down.
fn node(tree: &ast::Expression) -> Result<Node, String> {
    let logical = match tree {
        ast::Expression::Predicate(found) => return Ok(Node::Predicate(predicate(found)?)),
        ast::Expression::Logical(logical) => &**logical,
    };
    Ok(match logical {
        LogicalExpression::Not(inner) => Node::Not(Box::new(node(inner)?)),
        LogicalExpression::And(..) => Node::And(chain(tree, |logical| match logical {
            LogicalExpression::And(left, right) => Some((left, right)),
            _ => None,
        })?),
        LogicalExpression::Or(..) => Node::Or(chain(tree, |logical| match logical {
            LogicalExpression::Or(left, right) => Some((left, right)),
            _ => None,
        })?),
    })
}

/// The parts of a chain, from the first to the last.
fn chain<'t>(
    tree: &'t ast::Expression,
    sides: impl Fn(&'t LogicalExpression) -> Option<(&'t ast::Expression, &'t ast::Expression)>,
) -> Result<Vec<Node>, String> {
    let (mut parts, mut left) = (Vec::new(), tree);
    while let ast::Expression::Logical(logical) = left
        && let Some((before, right)) = sides(logical)
    {
        parts.push(node(right)?);
        left = before;
    }
    parts.push(node(left)?);
    parts.reverse();
    Ok(parts)
}

fn predicate(predicate: &ast::Predicate) -> Result<Predicate, String> {
    let has = |asked: LhsTransformations| predicate.lhs.transformations.contains(&asked);
    let (operator, value) = (&predicate.op, &predicate.rhs);
    let compiled = match Field::new(&predicate.lhs.var_name)? {
        Field::Text(field) => text(field, operator, value).map(|(field, test)| Predicate::Text {
            field,
            lower: has(LhsTransformations::Lower),
            any: has(LhsTransformations::Any),
            test,
        }),
        Field::Number(field) => number(field, operator, value),
        Field::Address(field) => address(field, operator, value),
    };
    compiled.ok_or_else(|| "the field has no such operator".to_owned())
}

fn text(
    field: TextField,
    operator: &BinaryOperator,
    value: &Value,
) -> Option<(TextField, TextTest)> {
    let test = match (operator, value) {
        (BinaryOperator::Equals, Value::String(text)) => TextTest::Equals((**text).into()),
        (BinaryOperator::NotEquals, Value::String(text)) => TextTest::Differs((**text).into()),
        (BinaryOperator::Prefix, Value::String(text)) => TextTest::BeginsWith((**text).into()),
        (BinaryOperator::Postfix, Value::String(text)) => TextTest::EndsWith((**text).into()),
        (BinaryOperator::Contains, Value::String(text)) => TextTest::Contains((**text).into()),
        (BinaryOperator::Regex, Value::Regex(regex)) => {
            TextTest::Matches(Pattern::from(regex.clone()))
        }
        _ => return None,
    };
    Some((field, test))
}

fn number(field: NumberField, operator: &BinaryOperator, value: &Value) -> Option<Predicate> {
    let Value::Int(value) = *value else {
        return None;
    };
    let test = match operator {
        BinaryOperator::Equals => NumberTest::Equals,
        BinaryOperator::NotEquals => NumberTest::Differs,
        BinaryOperator::Greater => NumberTest::Above,
        BinaryOperator::GreaterOrEqual => NumberTest::AtLeast,
        BinaryOperator::Less => NumberTest::Below,
        BinaryOperator::LessOrEqual => NumberTest::AtMost,
        _ => return None,
    };
    Some(Predicate::Number { field, test, value })
}

fn address(field: AddressField, operator: &BinaryOperator, value: &Value) -> Option<Predicate> {
    let (range, test) = match (operator, value) {
        (BinaryOperator::Equals, Value::IpAddr(address)) => (host(*address), AddressTest::In),
        (BinaryOperator::NotEquals, Value::IpAddr(address)) => (host(*address), AddressTest::NotIn),
        (BinaryOperator::In | BinaryOperator::NotIn, Value::IpCidr(network)) => {
            let range = AddressRange {
                address: network.first_address(),
                prefix: network.network_length(),
            };
            match operator {
                BinaryOperator::In => (range, AddressTest::In),
                _ => (range, AddressTest::NotIn),
            }
        }
        _ => return None,
    };
    Some(Predicate::Address { field, test, range })
}

/// The network of one address.
fn host(address: IpAddr) -> AddressRange {
    let prefix = if address.is_ipv4() { 32 } else { 128 };
    AddressRange { address, prefix }
}
