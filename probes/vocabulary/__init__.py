"""The probe behind `basefit vocab`: what an extended vocabulary would save, cost, and whether to."""
