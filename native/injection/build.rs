fn main() {
    // Only the boundary needs the linker settings of a Node addon.
    if std::env::var_os("CARGO_FEATURE_NODE").is_some() {
        napi_build::setup();
    }
}
