//! An API in axum behind Postern's gate: whatever did not come through it is refused.

mod postern;

use std::env;
use std::error::Error;
use std::time::Duration;

use axum::routing::get;
use axum::{Json, Router};
use postern::{Caller, Postern};
use serde_json::{Value, json};

async fn whoami(caller: Caller) -> Json<Value> {
    let mut said = json!({ "sub": caller.sub, "client_id": caller.client_id, "scope": caller.scope });
    if let Value::Object(said) = &mut said {
        said.extend(caller.other);
    }
    Json(said)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let issuer = env::var("ISSUER")?;
    let jwks_uri = env::var("JWKS_URI").unwrap_or_else(|_| format!("{issuer}/.well-known/jwks.json"));
    let pause = env::var("PAUSE").map_or(Ok(60), |seconds| seconds.parse())?;
    let gate = Postern::new(&issuer, &env::var("AUDIENCE")?, jwks_uri, Duration::from_secs(pause))?;
    let app = Router::new().route("/whoami", get(whoami)).with_state(gate);
    let port = env::var("PORT").unwrap_or_else(|_| "9134".to_owned());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    axum::serve(listener, app).await?;
    Ok(())
}
