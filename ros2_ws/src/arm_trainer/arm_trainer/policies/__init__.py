"""Policy bundles: export, loading, compatibility with a robot."""
