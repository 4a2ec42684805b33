//! Facts: what mxj 2.7 makes of these documents, written as JSON.

use bytes::Bytes;

use crate::Decoding;

const TABLE: &[(&str, &str)] = &[
    ("<a/>", r#"{"a":""}"#),
    ("<a></a>", r#"{"a":""}"#),
    ("<a>x</a>", r#"{"a":"x"}"#),
    ("<a> x \n</a>", r#"{"a":"x"}"#),
    ("<a b='1'/>", r#"{"a":{"-b":"1"}}"#),
    ("<a b='1'>x</a>", r##"{"a":{"#text":"x","-b":"1"}}"##),
    ("<a b='1'><c/></a>", r#"{"a":{"-b":"1","c":""}}"#),
    ("<a><b>1</b><b>2</b></a>", r#"{"a":{"b":["1","2"]}}"#),
    (
        "<a><b>1</b><c/><b>2</b></a>",
        r#"{"a":{"b":["1","2"],"c":""}}"#,
    ),
    ("<a>t<b>1</b></a>", r##"{"a":{"#text":"t","b":"1"}}"##),
    ("<a><b>1</b>t</a>", r##"{"a":{"#text":"t","b":"1"}}"##),
    ("<a>t<b>1</b>u</a>", r##"{"a":{"#text":"t","b":"1"}}"##),
    ("<a>x<!-- c -->y</a>", r#"{"a":"y"}"#),
    ("<a><![CDATA[<x>]]></a>", r#"{"a":"\u003cx\u003e"}"#),
    ("<a>x<![CDATA[ y ]]>z</a>", r#"{"a":"z"}"#),
    ("<?xml version='1.0'?><a>é</a>", r#"{"a":"é"}"#),
    (
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE a>\n<a/>",
        r#"{"a":""}"#,
    ),
    (
        "<x:a xmlns:x='u' x:b='1'><x:c/></x:a>",
        r#"{"a":{"-b":"1","-x":"u","c":""}}"#,
    ),
    (
        "<a>&lt;&amp;&#65;&#x41;&quot;&apos;</a>",
        r#"{"a":"\u003c\u0026AA\"'"}"#,
    ),
    (
        "<a>&nbsp;</a>",
        "!xml.Decoder.Token() - XML syntax error on line 1: invalid character entity &nbsp;",
    ),
    (
        "<a>&unknown;</a>",
        "!xml.Decoder.Token() - XML syntax error on line 1: invalid character entity &unknown;",
    ),
    ("<a b='&lt;'/>", r#"{"a":{"-b":"\u003c"}}"#),
    ("", "!EOF"),
    ("text", "!EOF"),
    ("  ", "!EOF"),
    (
        "<a>",
        "!xml.Decoder.Token() - XML syntax error on line 1: unexpected EOF",
    ),
    (
        "<a></b>",
        "!xml.Decoder.Token() - XML syntax error on line 1: element <a> closed by </b>",
    ),
    (
        "<a",
        "!xml.Decoder.Token() - XML syntax error on line 1: unexpected EOF",
    ),
    (
        "</a>",
        "!xml.Decoder.Token() - XML syntax error on line 1: unexpected end element </a>",
    ),
    ("<a/><b/>", r#"{"a":""}"#),
    ("<a/>trailing", r#"{"a":""}"#),
    ("junk<a/>", r#"{"a":""}"#),
    (
        "<a b=1/>",
        "!xml.Decoder.Token() - XML syntax error on line 1: unquoted or missing attribute value in element",
    ),
    (
        "<a b/>",
        "!xml.Decoder.Token() - XML syntax error on line 1: attribute name without = in element",
    ),
    ("<a b='1' b='2'/>", r#"{"a":{"-b":"2"}}"#),
    ("<a b='1'><b>2</b></a>", r#"{"a":{"-b":"1","b":"2"}}"#),
    ("<a b='1' ><b/><b/></a>", r#"{"a":{"-b":"1","b":["",""]}}"#),
    (
        "<a><b c='1'/><b c='2'>x</b></a>",
        r##"{"a":{"b":[{"-c":"1"},{"#text":"x","-c":"2"}]}}"##,
    ),
    ("<a><b>  </b></a>", r#"{"a":{"b":""}}"#),
    ("<a>\u{a0}x</a>", "{\"a\":\"\u{a0}x\"}"),
    ("<a>x\r\ny</a>", r#"{"a":"x\ny"}"#),
    ("<a b='x\ny'/>", r#"{"a":{"-b":"x\ny"}}"#),
    ("<a><b></b><b>1</b></a>", r#"{"a":{"b":["","1"]}}"#),
    ("<a><?pi x?>y</a>", r#"{"a":"y"}"#),
    ("<a><!-- only --></a>", r#"{"a":""}"#),
    ("<A-b.c><D_e/></A-b.c>", r#"{"A-b.c":{"D_e":""}}"#),
    (
        "<a xml:lang='en'>x</a>",
        r##"{"a":{"#text":"x","-lang":"en"}}"##,
    ),
    (
        "<1a/>",
        "!xml.Decoder.Token() - XML syntax error on line 1: invalid XML name: 1a",
    ),
    (
        "<a b='1' c='2'>x<d/></a>",
        r##"{"a":{"#text":"x","-b":"1","-c":"2","d":""}}"##,
    ),
    ("<a>x<b/>y<b/>z</a>", r##"{"a":{"#text":"x","b":["",""]}}"##),
    ("<a>-</a>", r#"{"a":"-"}"#),
    (
        "<a b='<'/>",
        "!xml.Decoder.Token() - XML syntax error on line 1: unescaped < inside quoted string",
    ),
    ("<a:/>", r#"{"a:":""}"#),
    ("<:a/>", r#"{":a":""}"#),
    (
        "<a:b:c/>",
        "!xml.Decoder.Token() - XML syntax error on line 1: expected element name after <",
    ),
    ("<a></a >", r#"{"a":""}"#),
    (
        "< a/>",
        "!xml.Decoder.Token() - XML syntax error on line 1: expected element name after <",
    ),
    (
        "<a>&</a>",
        "!xml.Decoder.Token() - XML syntax error on line 1: invalid character entity & (no semicolon)",
    ),
    (
        "<a xmlns='u'><b xmlns='v'/></a>",
        r#"{"a":{"-xmlns":"u","b":{"-xmlns":"v"}}}"#,
    ),
    ("\u{feff}<a/>", r#"{"a":""}"#),
    (
        r#"<user type="admin"><name>Elliot</name><social><facebook>https://facebook.com</facebook></social></user>"#,
        r#"{"user":{"-type":"admin","name":"Elliot","social":{"facebook":"https://facebook.com"}}}"#,
    ),
    (
        "<a><b>1</b></a",
        "!xml.Decoder.Token() - XML syntax error on line 1: unexpected EOF",
    ),
    ("<a>x</a><", r#"{"a":"x"}"#),
    (
        "<!DOCTYPE a [<!ENTITY e 'v'>]><a>&e;</a>",
        "!xml.Decoder.Token() - XML syntax error on line 1: invalid character entity &e;",
    ),
    (r#"<a b="&quot;x'"/>"#, r#"{"a":{"-b":"\"x'"}}"#),
    ("<a><b/>text</a>", r##"{"a":{"#text":"text","b":""}}"##),
    ("<a b=''/>", r#"{"a":{"-b":""}}"#),
    ("<a b=''>x</a>", r##"{"a":{"#text":"x","-b":""}}"##),
];

fn decoded(body: &[u8]) -> String {
    match Decoding::Xml.decode(Bytes::copy_from_slice(body)) {
        Ok(object) => {
            let mut out = Vec::new();
            crate::encode_json(&object.into(), &mut out);
            String::from_utf8(out).unwrap()
        }
        Err(error) => format!("!{error}"),
    }
}

#[test]
fn reads_as_mxj_does() {
    let wrong: Vec<_> = TABLE
        .iter()
        .map(|(body, expected)| (body, decoded(body.as_bytes()), expected))
        .filter(|(_, got, expected)| got != *expected)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn encodings_are_converted() {
    let latin = b"<?xml version='1.0' encoding=\"ISO-8859-1\"?><a>\xe9</a>";
    assert_eq!(decoded(latin), r#"{"a":"é"}"#);
    assert_eq!(
        decoded(b"<a>\xe9</a>"),
        "!xml.Decoder.Token() - XML syntax error on line 1: invalid UTF-8"
    );
    let unknown = decoded(b"<?xml version='1.0' encoding='x-nothing'?><a/>");
    assert!(unknown.contains("unsupported charset"), "{unknown}");
}

#[test]
fn nesting_is_bounded() {
    let deep = "<a>".repeat(100_000);
    assert!(decoded(deep.as_bytes()).contains("nested too deep"));
}

#[test]
fn collection_wraps_the_document() {
    let object = Decoding::XmlCollection
        .decode(Bytes::from_static(b"<a><b/></a>"))
        .unwrap();
    assert!(
        object
            .get("collection")
            .and_then(|inner| inner.as_object()?.get("a"))
            .is_some()
    );
}
