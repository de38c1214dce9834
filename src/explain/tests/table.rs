use serde_json::json;

use super::{deny, public, session, token, with_routes};
use crate::explain::table;

#[test]
fn what_is_open_stands_first() {
    let mut reading = token("/api/*", &["read"]);
    reading["methods"] = json!(["GET"]);
    reading["max_staleness"] = json!(0);
    let config = with_routes(json!([
        deny("/admin/*"),
        reading,
        session("/private/*"),
        { "match": "/a/*", "access": "deny", "report": true },
        public("/a"),
        public("/a/*"),
        session("/a/**"),
    ]));
    let table = table(&config);
    let rows: Vec<String> = table
        .rows
        .iter()
        .map(|row| {
            let notes = row.notes.join("; ");
            let methods = row.methods.join(" ");
            format!(
                "{} {methods}|{}|{}|{notes}",
                row.index, row.pattern, row.needs
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            "4 |/a|public|",
            "5 |/a/*|public|",
            "2 |/private/*|a login|",
            "6 |/a/**|a login|earlier routes take all of it: it decides nothing",
            "1 GET|/api/*|an access token with the scope `read`|asks the revocation log each time",
            "0 |/admin/*|closed|",
            "3 |/a/*|closed|only tried (report): it decides nothing",
        ]
    );
    assert_eq!(
        table.closed,
        [
            "`/api/*` with other methods than GET: 405",
            "every path that no `match` fits: 404"
        ]
    );
}
