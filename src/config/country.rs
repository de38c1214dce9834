//! `countries` of a route: from which countries a request may come, as Cloudflare places its address.

use std::fmt;

/// A country (ISO 3166-1 alpha-2). Cloudflare adds `XK` for Kosovo, and `T1` for the Tor network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country([u8; 2]);

/// Two letters each.
const ALL: &str = "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCI\
                   CKCLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQ\
                   GRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLS\
                   LTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPG\
                   PHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTK\
                   TLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTZAZMZWXKT1";

impl Country {
    /// Whether Cloudflare calls it that.
    #[must_use]
    pub fn is(self, text: &str) -> bool {
        self.0 == text.as_bytes()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|b| write!(f, "{}", char::from(*b)))
    }
}

/// Reads one.
pub(super) fn parse(text: &str) -> Result<Country, &'static str> {
    let is_known = |code: &[u8; 2]| ALL.as_bytes().chunks_exact(2).any(|known| known == code);
    match text {
        "UK" => return Err("is not the code of a country: the United Kingdom is `GB`"),
        "EU" => return Err("is not the code of a country: name each country of the Union"),
        _ => {}
    }
    let code = <[u8; 2]>::try_from(text.as_bytes()).ok();
    code.filter(is_known).map(Country).ok_or(
        "is not the code of a country: write the two capital letters of ISO 3166-1, such as `DE`, or `T1` for the Tor \
         network",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_there_once() {
        let mut all: Vec<&[u8]> = ALL.as_bytes().chunks(2).collect();
        assert_eq!(all.len(), 249 + 2);
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 249 + 2);
        assert!(parse("DE").unwrap().is("DE"));
        assert!(!parse("DE").unwrap().is("de"));
        assert_eq!(parse("T1").unwrap().to_string(), "T1");
    }

    #[test]
    fn what_is_no_country_is_said() {
        for (text, says) in [
            ("de", "two capital letters"),
            ("DEU", "two capital letters"),
            ("ED", "two capital letters"),
            ("", "two capital letters"),
            ("UK", "`GB`"),
            ("EU", "each country"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
