//! Edits TOML: wrangler.toml.

use toml_edit::{
    Array, ArrayOfTables, DocumentMut, InlineTable, Item as Entry, Table, TableLike, Value,
};

use super::{Edit, Item, Kind, Problem};

/// `text` with `edits` made.
///
/// # Errors
/// That it is not TOML, or that something stands in the way.
pub fn edit(text: &str, edits: &[Edit]) -> Result<String, Problem> {
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.unwrap_or_default().matches('\n').count() + 1;
        Problem::Unreadable(format!("line {line}: {}", error.message()))
    })?;
    for edit in edits {
        apply(&mut document, edit)?;
    }
    let result = document.to_string();
    // The writer ends each line in one way. What came with the other one keeps it.
    if text.contains("\r\n") {
        return Ok(result.replace("\r\n", "\n").replace('\n', "\r\n"));
    }
    Ok(result)
}

fn apply(document: &mut DocumentMut, edit: &Edit) -> Result<(), Problem> {
    let Some((tables, key)) = edit.split() else {
        return Ok(());
    };
    let path = &edit.path;
    let mut table: &mut dyn TableLike = document.as_table_mut();
    for (depth, name) in tables.iter().enumerate() {
        table = table
            .entry(name)
            .or_insert_with(|| Entry::Table(implicit()))
            .as_table_like_mut()
            .ok_or_else(|| Problem::in_the_way(path, depth + 1, "table"))?;
    }
    match &edit.kind {
        Kind::Default(value) => {
            if !table.contains_key(key) {
                table.insert(key, Entry::Value(written(value)));
            }
        }
        Kind::Set(value) => set(table, key, written(value)),
        Kind::Row(name, row) => {
            // A list of one line each where there is such a list; `[[key]]` where there is none.
            let list = table
                .entry(key)
                .or_insert_with(|| Entry::ArrayOfTables(ArrayOfTables::new()));
            if !add_row(list, name, row) {
                return Err(Problem::in_the_way(path, path.len(), "list"));
            }
        }
    }
    Ok(())
}

/// A table whose header is only written if keys of its own follow.
fn implicit() -> Table {
    let mut table = Table::new();
    table.set_implicit(true);
    table
}

/// Puts `value` behind `key`, and keeps the comment after it.
fn set(table: &mut dyn TableLike, key: &str, mut value: Value) {
    match table.get_mut(key) {
        Some(Entry::Value(there)) => {
            if bare(there) != bare(&value) {
                *value.decor_mut() = there.decor().clone();
                *there = value;
            }
        }
        _ => {
            table.insert(key, Entry::Value(value));
        }
    }
}

/// A value as it is written, without the space and comments around it.
fn bare(value: &Value) -> String {
    let mut value = value.clone();
    value.decor_mut().clear();
    value.to_string()
}

/// Whether `list` is one, and has the row now.
fn add_row(list: &mut Entry, key: &str, row: &Item) -> bool {
    let wanted = row.text_of(key);
    let is_it = |there: Option<&str>| wanted.is_some() && there == wanted;
    match list {
        Entry::ArrayOfTables(rows) => {
            let text = |table: &Table| is_it(table.get(key).and_then(Entry::as_str));
            if !rows.iter().any(text) {
                let mut table = Table::new();
                fill(&mut table, row);
                rows.push(table);
            }
            true
        }
        Entry::Value(Value::Array(rows)) => {
            let text = |value: &Value| {
                let table = value.as_inline_table();
                is_it(
                    table
                        .and_then(|table| table.get(key))
                        .and_then(Value::as_str),
                )
            };
            if !rows.iter().any(text) {
                push(rows, written(row));
            }
            true
        }
        _ => false,
    }
}

/// Adds `value` to `rows` as the last of them stands there.
fn push(rows: &mut Array, mut value: Value) {
    let last = rows.iter().last();
    let prefix = last.and_then(|last| last.decor().prefix()).cloned();
    match prefix {
        Some(prefix) => value.decor_mut().set_prefix(prefix),
        None if !rows.is_empty() => value.decor_mut().set_prefix(" "),
        None => {}
    }
    rows.push_formatted(value);
}

fn fill(table: &mut Table, row: &Item) {
    if let Item::Table(entries) = row {
        for (name, value) in entries {
            table.insert(name, Entry::Value(written(value)));
        }
    }
}

fn written(item: &Item) -> Value {
    match item {
        Item::Text(text) => Value::from(text.as_str()),
        Item::Number(number) => Value::from(*number),
        Item::Flag(flag) => Value::from(*flag),
        Item::List(items) => Value::Array(items.iter().map(written).collect()),
        Item::Table(entries) => {
            let mut table = InlineTable::new();
            for (name, value) in entries {
                table.insert(*name, written(value));
            }
            Value::InlineTable(table)
        }
    }
}
