"""Rates of taxes on sales from public data sets.

`sales_tax_rates.json` is that of the npm package sales-tax 2.23.0, MIT License, Copyright Valerian Saliou (LICENSE).
"""
