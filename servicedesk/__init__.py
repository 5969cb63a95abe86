"""The project: wires the apps together. It holds no model and no rule."""
