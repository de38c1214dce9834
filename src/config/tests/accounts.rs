//! What the reader says to `POSTERN_USERS` and what it needs.

use super::*;

const USERS: &str = "POSTERN_USERS";
const ANN: &str = "ann:$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$\
                   gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0";

fn limited(users: &str) -> Worker {
    let mut worker = Worker::complete().with(USERS, users);
    let limiter = ("POSTERN_LOGIN_LIMIT".to_owned(), BindingKind::RateLimiter);
    let objects = ("POSTERN_ACCOUNTS".to_owned(), BindingKind::DurableObject);
    worker.bindings.extend([limiter, objects]);
    worker
}

fn read(table: &Value, worker: &dyn Environment) -> Result<Config, Vec<Problem>> {
    Config::read(&table.to_string(), worker)
}

#[test]
fn accounts_are_read() {
    let config = read(&small(), &limited(&format!("# people\n{ANN}\n"))).unwrap();
    let names: Vec<&str> = config.accounts.names().collect();
    assert_eq!(names, ["ann"]);
}

#[test]
fn without_the_secret_or_where_it_is_hidden_there_is_nobody_and_nothing_is_needed() {
    for nobody in [
        Worker::complete(),
        Worker::complete().with(USERS, "# nobody"),
    ] {
        assert!(read(&small(), &nobody).unwrap().accounts.is_empty());
    }
    assert!(read(&small(), &Unseen).unwrap().accounts.is_empty());
}

#[test]
fn with_accounts_attempts_must_be_counted() {
    let mut worker = limited(ANN);
    worker
        .bindings
        .retain(|(name, _)| name != "POSTERN_LOGIN_LIMIT");
    let words = [
        "[[ratelimits]]",
        "`name = \"POSTERN_LOGIN_LIMIT\"`",
        "POSTERN_USERS",
    ];
    let found = read(&small(), &worker).unwrap_err();
    assert_problem(&found, "POSTERN_LOGIN_LIMIT", &words);
    // Another kind of binding of this name counts nothing.
    let binding = ("POSTERN_LOGIN_LIMIT".to_owned(), BindingKind::Kv);
    worker.bindings.push(binding);
    let found = read(&small(), &worker).unwrap_err();
    assert_problem(&found, "POSTERN_LOGIN_LIMIT", &words);
}

#[test]
fn with_accounts_there_must_be_a_place_where_passwords_are_checked() {
    let mut worker = limited(ANN);
    worker
        .bindings
        .retain(|(name, _)| name != "POSTERN_ACCOUNTS");
    let words = [
        "`{ name = \"POSTERN_ACCOUNTS\", class_name = \"Account\" }`",
        "`new_sqlite_classes`",
    ];
    let found = read(&small(), &worker).unwrap_err();
    assert_problem(&found, "POSTERN_ACCOUNTS", &words);
}

#[test]
fn what_is_kept_of_the_accounts_is_no_hash() {
    let config = read(&small(), &limited(ANN)).unwrap();
    let kept = format!("{:?}", config.accounts);
    assert_eq!(kept, "Roster { names: [\"ann\"], memory: 19922944 }");
}

#[test]
fn each_bad_line_is_a_problem_and_none_is_repeated() {
    let users = format!("{ANN}\nbob:hunter2\n{ANN}\n");
    let found = read(&small(), &limited(&users)).unwrap_err();
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found.iter().all(|problem| problem.key == USERS));
    assert!(found[0].message.starts_with("line 2: "), "{found:#?}");
    assert!(
        found[0].message.contains("`npx postern user`"),
        "{found:#?}"
    );
    assert!(found[1].message.starts_with("line 3: "), "{found:#?}");
    let told = format!("{found:?}");
    assert!(
        !told.contains("hunter2") && !told.contains("gy5Su"),
        "{told}"
    );
}

#[test]
fn a_login_and_the_cache_share_the_memory() {
    let costly = ANN.replace("m=19456", "m=65536");
    let most = (96 << 20) - (64 << 20);
    let with = |bytes: u64| {
        let mut table = small();
        table["cache_bytes"] = bytes.into();
        read(&table, &limited(&costly))
    };
    assert!(with(most).is_ok());
    let found = with(most + 1).unwrap_err();
    assert_problem(&found, "cache_bytes", &["at most 33554432", "64 MiB"]);
}

#[test]
fn no_two_have_the_same_sub() {
    let line = |name: &str| ANN.replacen("ann", name, 1);
    let with = |name: &str, change: &dyn Fn(&mut Value)| {
        let mut table = small();
        change(&mut table);
        read(&table, &limited(&line(name)))
            .err()
            .unwrap_or_default()
    };
    let same = |_: &mut Value| {};
    assert_eq!(with("ann", &same), []);
    let found = with("app", &same);
    assert_problem(&found, "clients[0].id", &["same `sub`", "rename"]);
    let prefix = |prefix: &'static str| {
        move |table: &mut Value| {
            table["providers"] = json!([{ "id": "idp", "issuer": "https://idp.example",
                "client_id": "x", "allow": "anyone", "subject_prefix": prefix }]);
        }
    };
    assert_eq!(with("ann", &prefix("idp:")), []);
    let found = with("ann", &prefix("an"));
    assert_problem(
        &found,
        "providers[0].subject_prefix",
        &["the name of an account"],
    );
    let found = with("bob", &prefix("ap"));
    assert_problem(
        &found,
        "providers[0].subject_prefix",
        &["the `id` of a client"],
    );
}
