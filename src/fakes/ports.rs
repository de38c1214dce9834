//! The ports, each a call that is counted and can go wrong.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::all::{Alarm, Fakes, now_or_never};
use super::call::let_others_go_first;
use super::http::{public_jwk, sign};
use crate::accounts::{Attempt, Reply as AttemptReply, Source};
use crate::issue::state_store::carry_out;
use crate::person;
use crate::ports::{
    Caller, Clock, Coordinator, Dependency, Events, Http, HttpRequest, HttpResponse, Limiter,
    Passwords, PersonIndex, Platform, Randomness, RecordStore, RevocationLog, SignatureAlgorithm,
    Signatures, Signing, SigningKey, Unavailable, Waits, Wake,
};
use crate::revocation::{Change, Delta, Position, Question};
use crate::session::coordinator::{Command, Reply};
use crate::session::{RecordKey, SealedRecord};
use crate::telemetry::{self, Event};
use crate::time::Time;
use crate::token::SessionId;

impl Platform for Fakes {
    type Attachment = ();
}

impl Clock for Fakes {
    fn now(&self) -> Time {
        self.clock.now()
    }
}

/// How often others go first before a wait ends by itself.
const A_LONG_WAIT: u32 = 100;

impl Waits for Fakes {
    /// Where it ends by itself, that much time has passed.
    fn wait(&self, limit: Duration) -> (Wake, impl Future<Output = ()>) {
        let is_over = Rc::new(Cell::new(false));
        let is_woken = Rc::clone(&is_over);
        let ends_at = self.clock.now().plus(limit);
        let wait = async move {
            for _ in 0..A_LONG_WAIT {
                if is_woken.get() {
                    return;
                }
                let_others_go_first().await;
            }
            self.clock.reach(ends_at);
        };
        (Box::new(move || is_over.set(true)), wait)
    }
}

impl Caller for Fakes {
    fn source(&self) -> Option<Source> {
        self.source.get()
    }
}

impl Randomness for Fakes {
    fn fill(&self, bytes: &mut [u8]) {
        self.randomness.fill(bytes);
    }
}

impl Events for Fakes {
    fn emit(&self, event: Event<'_>) {
        let line = telemetry::line(&event, self.clock.now());
        self.events.borrow_mut().push(line);
    }
}

impl RecordStore for Fakes {
    async fn read(&self, key: &RecordKey) -> Result<Option<SealedRecord>, Unavailable> {
        let effect = || {
            let bytes = self.records.get(key.as_str(), self.clock.now())?;
            Some(SealedRecord::from_store(bytes))
        };
        self.make(&self.calls.record_read, Dependency::RecordStore, effect)
            .await
    }

    async fn write(
        &self,
        key: &RecordKey,
        record: &SealedRecord,
        expires_at: Time,
    ) -> Result<(), Unavailable> {
        let effect = || {
            let now = self.clock.now();
            self.records
                .put(key.as_str(), record.as_bytes(), expires_at, now);
        };
        self.make(&self.calls.record_write, Dependency::RecordStore, effect)
            .await
    }

    async fn delete(&self, key: &RecordKey) -> Result<(), Unavailable> {
        let effect = || self.records.delete(key.as_str());
        self.make(&self.calls.record_delete, Dependency::RecordStore, effect)
            .await
    }
}

impl Coordinator for Fakes {
    async fn ask(&self, session: SessionId, command: Command) -> Result<Reply, Unavailable> {
        let call = match command {
            Command::Issue(_) => &self.calls.issue,
            Command::Find(_) => &self.calls.find,
            Command::Read(_) => &self.calls.read,
            Command::Forget(_) => &self.calls.forget,
            Command::Open { .. } => &self.calls.open,
            Command::Touch(_) => &self.calls.touch,
            Command::Adopt { .. } => &self.calls.adopt,
            Command::Offer { .. } => &self.calls.offer,
            Command::Present { .. } => &self.calls.present,
            Command::Redeem { .. } => &self.calls.redeem,
            Command::Refresh { .. } => &self.calls.refresh,
            Command::End { .. } => &self.calls.end,
        };
        let effect = || {
            let (store, now) = (self.coordinators.store(session), self.clock.now());
            now_or_never(carry_out(&store, command, now))
        };
        let reply = self.make(call, Dependency::Coordinator, effect).await;
        Box::pin(self.ring_after_command(Alarm::Session(session))).await;
        let failed = |error| Unavailable::new(Dependency::Coordinator, format!("{error}"));
        reply?.map_err(failed)
    }
}

impl PersonIndex for Fakes {
    async fn ask_index(
        &self,
        index: person::Index,
        command: person::Command,
    ) -> Result<person::Reply, Unavailable> {
        let call = match command {
            person::Command::Put(_) => &self.calls.index_put,
            person::Command::Confirm { .. } => &self.calls.index_confirm,
            person::Command::Seen(_) => &self.calls.index_seen,
            person::Command::Forget(_) => &self.calls.index_forget,
            person::Command::Sessions(_) => &self.calls.index_sessions,
            person::Command::CutOff { .. } => &self.calls.index_cut_off,
            person::Command::KnowsLogout(_) => &self.calls.index_knows_logout,
            person::Command::Consent(_) => &self.calls.index_consent,
            person::Command::Consents => &self.calls.index_consents,
            person::Command::Agree { .. } => &self.calls.index_agree,
            person::Command::Withdraw(_) => &self.calls.index_withdraw,
        };
        let effect = || {
            let now = self.clock.now();
            self.people.apply(index, &command, now)
        };
        let reply = self.make(call, Dependency::PersonIndex, effect).await;
        Box::pin(self.ring_after_command(Alarm::Index(index))).await;
        reply
    }
}

impl RevocationLog for Fakes {
    async fn since(&self, ask: &Question) -> Result<Delta, Unavailable> {
        let effect = || self.log.since(ask);
        self.make(&self.calls.since, Dependency::RevocationLog, effect)
            .await
    }

    async fn snapshot(&self, head: Position) -> Result<Option<Vec<u8>>, Unavailable> {
        let effect = || self.log.snapshot(head);
        self.make(&self.calls.snapshot, Dependency::RecordStore, effect)
            .await
    }

    async fn change(&self, changes: &[Change]) -> Result<(), Unavailable> {
        let call = match changes {
            [Change::Shorten(_)] => &self.calls.shorten,
            _ => &self.calls.append,
        };
        let effect = || self.log.change(changes, self.clock.now());
        self.make(call, Dependency::RevocationLog, effect).await
    }

    async fn exchange(&self, changes: &[Change], ask: &Question) -> Result<Delta, Unavailable> {
        let effect = || {
            self.log.change(changes, self.clock.now());
            self.log.since(ask)
        };
        self.make(&self.calls.append, Dependency::RevocationLog, effect)
            .await
    }
}

impl Http for Fakes {
    async fn send(&self, request: &HttpRequest) -> Result<HttpResponse, Unavailable> {
        self.http.send(request);
        let effect = || self.http.answer(request);
        let answer = self.make(&self.calls.http, Dependency::Provider, effect);
        answer
            .await?
            .ok_or_else(|| Unavailable::new(Dependency::Provider, "there is no other server"))
    }
}

impl Signatures for Fakes {
    async fn verify(
        &self,
        _algorithm: SignatureAlgorithm,
        jwk: &str,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, Unavailable> {
        let effect = || sign(jwk, message) == signature;
        self.make(&self.calls.verify, Dependency::Cryptography, effect)
            .await
    }
}

/// What [`Signatures`] takes for the signature by [`Signing::public_jwk`].
impl Signing for Fakes {
    async fn sign(
        &self,
        _algorithm: SignatureAlgorithm,
        key: &SigningKey,
        message: &[u8],
    ) -> Result<Vec<u8>, Unavailable> {
        let effect = || sign(&public_jwk(key), message);
        self.make(&self.calls.sign, Dependency::Cryptography, effect)
            .await
    }

    async fn public_jwk(
        &self,
        _algorithm: SignatureAlgorithm,
        key: &SigningKey,
    ) -> Result<String, Unavailable> {
        let effect = || public_jwk(key);
        self.make(&self.calls.public_jwk, Dependency::Cryptography, effect)
            .await
    }
}

impl Limiter for Fakes {
    async fn attempt(&self, _binding: &str, key: &str) -> Result<bool, Unavailable> {
        let effect = || self.limiter.attempt(key, self.clock.now());
        self.make(&self.calls.attempt, Dependency::Limiter, effect)
            .await
    }
}

impl Passwords for Fakes {
    async fn check(&self, attempt: &Attempt) -> Result<AttemptReply, Unavailable> {
        let call = &self.calls.check;
        call.begin().await;
        match call.take_effect(Dependency::Accounts, || ()) {
            Ok(()) => Ok(self.accounts.answer(attempt, &self.clock).await),
            Err(cause) => {
                if call.fails_after() {
                    self.accounts.answer(attempt, &self.clock).await;
                }
                Err(cause)
            }
        }
    }
}
