//! Who is not shown one of Postern's pages: people at another address than the issuer's, where nobody can log in, and
//! browsers that ask for it in advance.

use super::forms::see_other;
use super::request::Visitor;
use crate::browser::Elsewhere;
use crate::browser::same_site::is_prefetch;
use crate::pages::Message;
use crate::ports::PersonPorts;
use crate::protocol::Answer;

impl<P: PersonPorts> Visitor<'_, P> {
    /// The answer if a browser asks for this page only because its person may go there soon. It would show them the page as
    /// it is now, with a form that is too old or a login that is not needed any more; a refusal makes it ask again.
    #[must_use]
    pub fn refuse_prefetch(&self) -> Option<Answer> {
        is_prefetch(self.request.sender).then(|| {
            Answer::new(403)
                .with("cache-control", "no-store")
                .with("vary", "Sec-Purpose, Purpose")
        })
    }

    /// The answer if this request came to another address: the way to the same page at the issuer's, or a page that says
    /// what does not fit. The path is one of Postern's own, so it leads nowhere else.
    #[must_use]
    pub fn elsewhere(&self) -> Option<Answer> {
        let (issuer, request) = (&self.config.issuer, self.request);
        let elsewhere = Elsewhere::of(issuer, request.origin)?;
        if let (Elsewhere::Led, "GET" | "HEAD") = (elsewhere, request.method) {
            let mut url = issuer.url(request.path);
            if let Some(query) = request.query
                && query.bytes().all(|b| b.is_ascii_graphic())
            {
                url.push('?');
                url.push_str(query);
            }
            return Some(see_other(url));
        }
        let text = format!(
            "People sign in to this site at {}, and only there. This request came to {}.",
            issuer.as_str(),
            request.origin
        );
        let page = Message {
            brand: &self.config.brand,
            status: 421,
            title: "This is not the address to sign in at",
            text: &text,
            advice: Some(
                "Open the site at that address. If you run it: issuer in postern.toml must be the \
                 address in the browser, and a proxy in front must leave the host as it is.",
            ),
            link: None,
        };
        Some(page.answer())
    }
}
