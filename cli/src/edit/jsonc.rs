//! Edits JSON with or without comments: wrangler.jsonc, wrangler.json and package.json.

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstArray, CstInputValue, CstNode, CstObject, CstRootNode};
use serde_json::Value as Json;

use super::{Edit, Item, Kind, Problem};

/// What JSON with comments may have: comments and commas after the last element. Nothing else of what the parser could do.
#[must_use]
pub fn options() -> ParseOptions {
    ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

fn parse(text: &str) -> Result<CstRootNode, Problem> {
    // A mark at the beginning is no part of the text, and stays.
    CstRootNode::parse(text, &options()).map_err(|error| Problem::Unreadable(error.to_string()))
}

/// What `text` says.
///
/// # Errors
/// That it is not JSON with comments.
pub fn read(text: &str) -> Result<Json, Problem> {
    let root = parse(text.trim_start_matches('\u{feff}'))?;
    root.to_serde_value()
        .ok_or_else(|| Problem::Unreadable("the file is empty".to_owned()))
}

/// `text` with `edits` made.
///
/// # Errors
/// That it is not JSON with comments, or that something stands in the way.
pub fn edit(text: &str, edits: &[Edit]) -> Result<String, Problem> {
    let bare = text.trim_start_matches('\u{feff}');
    let root = parse(bare)?;
    let top = root
        .object_value()
        .ok_or_else(|| Problem::InTheWay("the file holds no object `{ ... }`".to_owned()))?;
    for edit in edits {
        apply(&top, edit)?;
    }
    let mark = &text[..text.len() - bare.len()];
    Ok(format!("{mark}{root}"))
}

fn apply(top: &CstObject, edit: &Edit) -> Result<(), Problem> {
    let Some((tables, key)) = edit.split() else {
        return Ok(());
    };
    let path = &edit.path;
    let mut object = top.clone();
    for (depth, name) in tables.iter().enumerate() {
        object = object
            .object_value_or_create(name)
            .ok_or_else(|| Problem::in_the_way(path, depth + 1, "object"))?;
    }
    match (&edit.kind, object.get(key)) {
        (Kind::Default(_), Some(_)) => {}
        (Kind::Default(value) | Kind::Set(value), None) => {
            object.append(key, input(value));
        }
        (Kind::Set(value), Some(there)) => {
            if !is_same(there.value().as_ref(), value) {
                there.set_value(input(value));
            }
        }
        (Kind::Row(name, table), there) => {
            let list = match there {
                Some(there) => there
                    .array_value()
                    .ok_or_else(|| Problem::in_the_way(path, path.len(), "list"))?,
                None => object.array_value_or_set(key),
            };
            if !has_row(&list, name, table) {
                // A list of tables on one line is hard to read.
                list.ensure_multiline();
                list.append(input(table));
            }
        }
    }
    Ok(())
}

fn is_same(there: Option<&CstNode>, value: &Item) -> bool {
    there.and_then(CstNode::to_serde_value) == Some(json(value))
}

fn has_row(list: &CstArray, key: &str, table: &Item) -> bool {
    let wanted = table.text_of(key);
    list.elements().iter().any(|row| {
        let there = row.as_object().and_then(|row| row.get(key));
        let there = there.and_then(|there| there.to_serde_value());
        wanted.is_some() && there.as_ref().and_then(Json::as_str) == wanted
    })
}

fn input(item: &Item) -> CstInputValue {
    match item {
        Item::Text(text) => CstInputValue::String(text.clone()),
        Item::Number(number) => CstInputValue::Number(number.to_string()),
        Item::Flag(flag) => CstInputValue::Bool(*flag),
        Item::List(items) => CstInputValue::Array(items.iter().map(input).collect()),
        Item::Table(entries) => {
            let entries = entries.iter();
            CstInputValue::Object(entries.map(|(k, v)| ((*k).to_owned(), input(v))).collect())
        }
    }
}

fn json(item: &Item) -> Json {
    match item {
        Item::Text(text) => Json::from(text.as_str()),
        Item::Number(number) => Json::from(*number),
        Item::Flag(flag) => Json::from(*flag),
        Item::List(items) => items.iter().map(json).collect(),
        Item::Table(entries) => {
            let entries = entries.iter();
            Json::Object(entries.map(|(k, v)| ((*k).to_owned(), json(v))).collect())
        }
    }
}
