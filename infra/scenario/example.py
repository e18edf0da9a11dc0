"""The story that ``rekindle scenario --example`` prints."""

EXAMPLE = """\
# yaml-language-server: $schema=https://raw.githubusercontent.com/rekindle/rekindle/main/docs/scenario.schema.json
name: a reminder a day after the cart was left, and none after the order
start: 2026-03-02T10:00:00Z
journeys: [abandoned_cart]
steps:
  - fact:
      type: customer
      id: ann
      at: now
      email: ann@example.com
      consents: {marketing: {given: true, at: now}}
  - fact:
      type: cart
      customer_id: ann
      id: cart-1
      at: now
      total: 1250
      currency: USD
      lines: [{product: tea, name: Green tea, quantity: 1, price: 1250}]
  - wait: 25h
  - expect:
      mails:
        - {to: ann@example.com, message: abandoned_cart/reminder, at: 2026-03-03T10:00:00Z, contains: Green tea}
      outcomes:
        ann: [enrolled abandoned_cart, sent abandoned_cart/reminder, delivered abandoned_cart/reminder]
  - click: {mail: last, link: 1}
  - fact: {type: order, customer_id: ann, id: order-1, placed_at: now, total: 1250, currency: USD, cart_id: cart-1}
  - wait: 5d
  - expect:
      mails: []
      outcomes_include:
        ann: [exited abandoned_cart order_placed, attributed abandoned_cart]
      figures: {shop.orders: 1, shop.revenue_usd: 1250, journeys.abandoned_cart.sent: 1}
"""
