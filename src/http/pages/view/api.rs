//! The JSON API, for people who program against it.

use askama::Template;
use serde_json::{Map, Value};

use super::frame::Frame;
use super::page::Page;

/// The `OpenAPI` document as a page. What the document says is English, whatever the page's language.
#[derive(Clone, Debug, Template)]
#[template(path = "api.html")]
pub struct ApiView {
    /// What surrounds it.
    pub frame: Frame,
    /// The endpoints.
    pub endpoints: Vec<EndpointView>,
    /// What they take and give.
    pub shapes: Vec<ShapeView>,
}

/// An endpoint.
#[derive(Clone, Debug)]
pub struct EndpointView {
    /// In capitals.
    pub method: String,
    /// With what is left open in braces.
    pub path: String,
    /// What it does, in paragraphs.
    pub words: Vec<String>,
    /// What it takes.
    pub takes: Option<String>,
    /// Status, what it means, and what comes with it.
    pub answers: Vec<(String, String, Option<String>)>,
}

/// What is taken or given.
#[derive(Clone, Debug)]
pub struct ShapeView {
    /// Its name.
    pub name: String,
    /// What it is.
    pub words: String,
    /// Name, type and meaning of each member.
    pub members: Vec<(String, String, String)>,
    /// The texts that it can be, where it is a choice.
    pub choices: Vec<String>,
}

impl Page for ApiView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("api-title")
    }
}

impl ApiView {
    /// The page of a document.
    pub fn new(frame: Frame, document: &Value) -> Self {
        let mut endpoints = Vec::new();
        for (path, item) in members(&document["paths"]) {
            endpoints.extend(members(item).map(|(method, of)| endpoint(method, path, of)));
        }
        let shapes = members(&document["components"]["schemas"]);
        Self { frame, endpoints, shapes: shapes.map(|(name, of)| shape(name, of)).collect() }
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn endpoint(method: &str, path: &str, of: &Value) -> EndpointView {
    let words = format!("{}\n\n{}", text(&of["summary"]), text(&of["description"]));
    let answer = |(status, it): (&String, &Value)| {
        let body = named(&it["content"]["application/json"]["schema"]);
        (status.clone(), text(&it["description"]).replace('`', ""), body)
    };
    EndpointView {
        method: method.to_uppercase(),
        path: path.to_owned(),
        words: words.split("\n\n").filter(|it| !it.is_empty()).map(str::to_owned).collect(),
        takes: named(&of["requestBody"]["content"]["application/json"]["schema"]),
        answers: members(&of["responses"]).map(answer).collect(),
    }
}

fn shape(name: &str, of: &Value) -> ShapeView {
    let parts = of["allOf"].as_array().map_or(std::slice::from_ref(of), Vec::as_slice);
    let all = parts.iter().flat_map(|part| members(&part["properties"]));
    let member = |(name, it): (&String, &Value)| (name.clone(), kind(it), text(&it["description"]));
    ShapeView {
        name: name.to_owned(),
        words: text(&of["description"]),
        members: all.map(member).collect(),
        choices: of["enum"].as_array().into_iter().flatten().map(text).collect(),
    }
}

/// The name of a shape that is referred to.
fn named(schema: &Value) -> Option<String> {
    Some(schema["$ref"].as_str()?.rsplit('/').next()?.to_owned())
}

/// What a value is, in a word or two.
fn kind(schema: &Value) -> String {
    if let Some(name) = named(schema) {
        return name;
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        return choices.iter().map(kind).collect::<Vec<_>>().join(" | ");
    }
    match &schema["type"] {
        Value::Array(kinds) => kinds.iter().map(text).collect::<Vec<_>>().join(" | "),
        Value::String(kind) if kind == "array" => format!("{}[]", self::kind(&schema["items"])),
        kind => text(kind),
    }
}
