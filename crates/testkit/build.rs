//! Sets `cfg(sanitized)` when the crate is compiled under a sanitizer, which the sources themselves cannot ask on stable Rust.

fn main() {
    println!("cargo::rerun-if-env-changed=CARGO_CFG_SANITIZE");
    println!("cargo::rustc-check-cfg=cfg(sanitized)");
    if std::env::var_os("CARGO_CFG_SANITIZE").is_some_and(|names| !names.is_empty()) {
        println!("cargo::rustc-cfg=sanitized");
    }
}
