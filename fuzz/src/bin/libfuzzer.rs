//! What libFuzzer calls: the target that `POSTERN_FUZZ_TARGET` names. tools/fuzz.sh compiles it.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
mod entry {
    use std::sync::LazyLock;

    use postern_fuzz::Target;

    static TARGET: LazyLock<&Target> = LazyLock::new(|| {
        let name = std::env::var("POSTERN_FUZZ_TARGET").unwrap_or_default();
        postern_fuzz::target(&name).unwrap_or_else(|| panic!("there is no fuzz target {name:?}"))
    });

    libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
        let _ = (TARGET.check)(bytes);
    });
}

#[cfg(not(fuzzing))]
fn main() {
    eprintln!(
        "postern: run `make fuzz`, which compiles this so that libFuzzer sees which code an input reaches"
    );
    std::process::exit(2);
}
