//! KV: session records, and snapshots of the revocation log.

use super::{Outside, answer};
use crate::edge::{host, platform};
use crate::ports::{Dependency, RecordStore, Unavailable};
use crate::revocation::Position;
use crate::session::{RecordKey, SealedRecord};
use crate::time::Time;

/// How long a point of presence may keep what it read from KV, in seconds. Records never change, and
/// a deleted one is in the revocation log for an hour; a miss is kept as long, but then a token's
/// coordinator is asked.
const KV_CACHE_TTL: u32 = 300;

/// The same of a snapshot of the revocation log.
const SNAPSHOT_CACHE_TTL: u32 = 86_400;

/// After how many seconds a snapshot goes by itself, where no newer one has taken its place: those who begin read the log
/// page by page then.
const SNAPSHOT_KEPT: u32 = 30 * 86_400;

/// When KV is to let go of something. It takes no expiration less than 60 s ahead; what is stored says
/// itself when it ends.
fn expiration(expires_at: Time) -> u32 {
    let until = expires_at.seconds().max(platform::now().seconds() + 70);
    u32::try_from(until).unwrap_or(u32::MAX)
}

impl Outside {
    async fn delete_key(&self, key: &str) -> Result<(), Unavailable> {
        let deleted = host::kv_delete(&self.env, key, self.timeout);
        answer(Dependency::RecordStore, deleted).await?;
        Ok(())
    }
}

/// Snapshots of the revocation log. One never changes, so a point of presence may keep it for long.
impl Outside {
    pub(super) async fn read_snapshot(
        &self,
        head: Position,
    ) -> Result<Option<Vec<u8>>, Unavailable> {
        let key = snapshot_key(head);
        let read = host::kv_get(&self.env, &key, SNAPSHOT_CACHE_TTL, self.timeout);
        let value = answer(Dependency::RecordStore, read).await?;
        Ok(host::bytes_of(&value))
    }

    /// Keeps the snapshot that was made at this place.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that it is kept.
    pub async fn keep_snapshot(&self, head: Position, bytes: Vec<u8>) -> Result<(), Unavailable> {
        let (key, kept) = (snapshot_key(head), Some(SNAPSHOT_KEPT));
        let put = host::kv_put(&self.env, &key, &bytes, None, kept, self.timeout);
        drop(bytes);
        answer(Dependency::RecordStore, put).await?;
        Ok(())
    }

    /// Lets go of the snapshot that was made at this place.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that it has gone.
    pub async fn drop_snapshot(&self, head: Position) -> Result<(), Unavailable> {
        self.delete_key(&snapshot_key(head)).await
    }
}

fn snapshot_key(head: Position) -> String {
    format!("log:{}:{}", head.log.to_base64url(), head.sequence)
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
        let (key, bytes, until) = (key.as_str(), record.as_bytes(), expiration(expires_at));
        let put = host::kv_put(&self.env, key, bytes, Some(until), None, self.timeout);
        answer(Dependency::RecordStore, put).await?;
        Ok(())
    }

    async fn delete(&self, key: &RecordKey) -> Result<(), Unavailable> {
        self.delete_key(key.as_str()).await
    }
}
