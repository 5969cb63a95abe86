"""The demo's problems and releases, told in `loop.toml`; `followups.operations.demo` plays them."""
