"""Pictures of measurements as SVG text: no script, colours from the page's own variables."""
