//! A small reader of HTML, for what the pages contain.

/// An element's start: its name, and its decoded attributes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, Option<String>)>,
    /// The text up to the next tag.
    pub(super) text: String,
}

impl Tag {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.attributes.iter().find(|(n, _)| n == name)?;
        Some(value.as_deref().unwrap_or_default())
    }
}

fn decode(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

/// Every tag of a page, end tags included (`/p`). It reads only what these pages contain: attributes
/// without a value or with one in double quotes. What stands in a script is no tag.
pub(super) fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let end = rest.find([' ', '>']).expect("a tag ends");
        let name = rest[..end].to_owned();
        rest = rest[end..].trim_start();
        let mut attributes = Vec::new();
        while !rest.starts_with('>') {
            let end = rest.find(['=', ' ', '>']).expect("a tag ends");
            let name = rest[..end].to_owned();
            rest = &rest[end..];
            let mut value = None;
            if let Some(quoted) = rest.strip_prefix("=\"") {
                let (text, after) = quoted.split_once('"').expect("a value ends");
                value = Some(decode(text));
                rest = after;
            } else {
                assert!(!rest.starts_with('='), "an unquoted value: {rest}");
            }
            attributes.push((name, value));
            rest = rest.trim_start();
        }
        rest = &rest[1..];
        if name == "script" {
            rest = &rest[rest.find("</script").expect("a script ends")..];
        }
        let text = &rest[..rest.find('<').unwrap_or(rest.len())];
        tags.push(Tag {
            name,
            attributes,
            text: decode(text),
        });
    }
    tags
}
