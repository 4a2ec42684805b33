//! Facts: what mxj 2.7 with escaping writes for these objects.

use bytes::Bytes;

use super::encode;
use crate::{Json, parse};

const TABLE: &[(&str, &str)] = &[
    (r"{}", r"<doc/>"),
    (r#"{"a":1}"#, r"<a>1</a>"),
    (r#"{"a":null}"#, r"<a/>"),
    (r#"{"a":""}"#, r"<a/>"),
    (r#"{"a":"x<&>\"'"}"#, r"<a>x&lt;&amp;&gt;&quot;&apos;</a>"),
    (r#"{"a":{}}"#, r"<a/>"),
    (r#"{"a":[]}"#, r"<a/>"),
    (r#"{"a":[1,2]}"#, r"<doc><a>1</a><a>2</a></doc>"),
    (
        r#"{"a":[{"b":1},{"c":2}]}"#,
        r"<a><b>1</b></a><a><c>2</c></a>",
    ),
    (
        r#"{"a":[{"b":1},2]}"#,
        r"<doc><a><b>1</b></a><a>2</a></doc>",
    ),
    (
        r#"{"a":[[1,2],[3]]}"#,
        r"<doc><a>1</a><a>2</a><a>3</a></doc>",
    ),
    (r#"{"a":[{}]}"#, r"<a/>"),
    (r#"{"a":[null]}"#, r"<doc><a/></doc>"),
    (
        r#"{"a":{"-x":"1","-y":2,"-z":true}}"#,
        r#"<a x="1" y="2" z="true"/>"#,
    ),
    (
        r##"{"a":{"-x":"1","#text":"t<"}}"##,
        r#"<a x="1">t&lt;</a>"#,
    ),
    (
        r##"{"a":{"-x":"1","#text":"t","b":1}}"##,
        r#"<a x="1">t<b>1</b></a>"#,
    ),
    (r##"{"a":{"#text":"t"}}"##, r"<a>t</a>"),
    (r##"{"a":{"#text":null}}"##, r"<a><nil></a>"),
    (r##"{"a":{"#text":{"b":1}}}"##, r"<a>map[b:1]</a>"),
    (r##"{"a":{"#text":""}}"##, r"<a></a>"),
    (r#"{"a":{"-x":null}}"#, r""),
    (r#"{"a":{"-x":{"b":1}}}"#, r""),
    (r#"{"-a":"x","b":1}"#, r#"<doc a="x"><b>1</b></doc>"#),
    (r#"{"-a":"x"}"#, r"<-a>x</-a>"),
    (r#"{"-":"x"}"#, r"<->x</->"),
    (r#"{"-a":1,"-b":2}"#, r#"<doc a="1" b="2"/>"#),
    (
        r#"{"foo":42,"headers":{"Accept-Encoding":["gzip"],"X":["a","b"]},"path":"/p","query":{}}"#,
        r"<doc><foo>42</foo><headers><Accept-Encoding>gzip</Accept-Encoding><X>a</X><X>b</X></headers><path>/p</path><query/></doc>",
    ),
    (
        r#"{"b":true,"a":false,"n":null,"e":[],"o":{},"l":[[],[1]],"t":"a b"}"#,
        r"<doc><a>false</a><b>true</b><e/><l/><l>1</l><n/><o/><t>a b</t></doc>",
    ),
    (
        r#"{"l":[null,"",{},[],{"x":1}]}"#,
        r"<doc><l/><l/><l/><l/><l><x>1</x></l></doc>",
    ),
    (r#"{"a":{"b":[]}}"#, r"<a><b/></a>"),
    (r#"{"a":{"b":[[]]}}"#, r"<a><b/></a>"),
    (r#"{"a":{"b":[[],[]]}}"#, r"<a><b/><b/></a>"),
    (r#"{"a b":1,"<":2}"#, r"<doc><<>2</<><a b>1</a b></doc>"),
    (
        r##"{"a":{"-x":"1<\"","b":[{"-y":1},{"-y":1,"#text":3}]}}"##,
        r#"<a x="1&lt;&quot;"><b y="1"/><b y="1">3</b></a>"#,
    ),
    (
        r#"{"a":"  x\n"}"#,
        r"<a>  x
</a>",
    ),
    (r#"{"a":1.50e3}"#, r"<a>1.50e3</a>"),
    (r##"{"#text":"x"}"##, r"<#text>x</#text>"),
    (r##"{"#text":"x","b":1}"##, r"<doc>x<b>1</b></doc>"),
    (r##"{"#text":"x","-b":1}"##, r#"<doc b="1">x</doc>"#),
    (
        r##"{"a":{"#text":["p","q"],"-x":"1"}}"##,
        r#"<a x="1">[p q]</a>"#,
    ),
    (
        r##"{"a":{"#text":["p","q"],"c":1}}"##,
        r"<a>[p q]<c>1</c></a>",
    ),
];

#[test]
fn writes_as_mxj_does() {
    for (body, expected) in TABLE {
        let Json::Object(data) = parse(Bytes::from_static(body.as_bytes())).unwrap() else {
            panic!("no object: {body}");
        };
        let mut out = b"kept".to_vec();
        encode(&data, &mut out);
        assert_eq!(
            std::str::from_utf8(&out).unwrap(),
            format!("kept{expected}"),
            "{body}"
        );
    }
}
