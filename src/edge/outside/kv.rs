//! KV: session records and lists.

use base64ct::{Base64, Encoding};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use super::{Outside, answer};
use crate::edge::{host, platform};
use crate::ports::{Dependency, ListStore, RecordStore, Unavailable};
use crate::session::{RecordKey, SealedRecord};
use crate::time::Time;

/// How long a point of presence may keep what it read from KV, in seconds. Records never change, and
/// a deleted one is in the revocation log for an hour; a miss is kept as long, but a token's
/// coordinator is asked for ten minutes.
const KV_CACHE_TTL: u32 = 300;

/// When KV is to let go of something. It takes no expiration less than 60 s ahead; what is stored says
/// itself when it ends.
#[expect(clippy::cast_precision_loss, reason = "seconds stay far below 2^53")]
fn expiration(expires_at: Time) -> f64 {
    expires_at.seconds().max(platform::now().seconds() + 70) as f64
}

impl RecordStore for Outside {
    async fn read(&self, key: &RecordKey) -> Result<Option<SealedRecord>, Unavailable> {
        let read = host::kv_get(&self.env, key.as_str(), KV_CACHE_TTL, self.timeout);
        let value = answer(Dependency::RecordStore, read).await?;
        Ok(host::bytes_of(&value).map(SealedRecord::from_store))
    }

    async fn write(
        &self,
        key: &RecordKey,
        record: &SealedRecord,
        expires_at: Time,
    ) -> Result<(), Unavailable> {
        let expiration = expiration(expires_at);
        let value = Uint8Array::from(record.as_bytes());
        let written = host::kv_put(&self.env, key.as_str(), &value, expiration, self.timeout);
        answer(Dependency::RecordStore, written).await.map(drop)
    }

    async fn delete(&self, key: &RecordKey) -> Result<(), Unavailable> {
        self.delete_item(key.as_str()).await
    }
}

/// The item that KV has as base64 in a key's metadata.
fn item(text: &JsValue) -> Option<Vec<u8>> {
    Base64::decode_vec(&text.as_string()?).ok()
}

impl ListStore for Outside {
    async fn read_item(&self, key: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        let mut found = self.list_items(key).await?.into_iter();
        Ok(found.find(|(name, _)| name == key).map(|(_, item)| item))
    }

    async fn write_item(
        &self,
        key: &str,
        item: &[u8],
        expires_at: Time,
    ) -> Result<(), Unavailable> {
        let item = Base64::encode_string(item);
        let expiration = expiration(expires_at);
        let written = host::kv_note(&self.env, key, &item, expiration, self.timeout);
        answer(Dependency::RecordStore, written).await.map(drop)
    }

    async fn delete_item(&self, key: &str) -> Result<(), Unavailable> {
        let deleted = host::kv_delete(&self.env, key, self.timeout);
        answer(Dependency::RecordStore, deleted).await.map(drop)
    }

    async fn list_items(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, Unavailable> {
        let listed = host::kv_list(&self.env, prefix, self.timeout);
        let listed = answer(Dependency::RecordStore, listed)
            .await?
            .unchecked_into::<Array>();
        let pairs = (0..listed.length()).step_by(2);
        Ok(pairs
            .filter_map(|at| Some((listed.get(at).as_string()?, item(&listed.get(at + 1))?)))
            .collect())
    }
}
