-- Orders :first to :last: paid three days ago, delivered five hours ago, each of a buyer of its own, none claimed yet.
-- With :role replica neither triggers nor foreign keys are checked, for the past of a million claims. The rows are those that PUT /v1/orders and POST /v1/tracking leave behind, written set-wise.
\set ON_ERROR_STOP on
SET session_replication_role = :role;
BEGIN;
SET LOCAL synchronous_commit = off;

CREATE TEMPORARY TABLE fresh ON COMMIT DROP AS
SELECT n, 'bench-' || lpad(n::text, 9, '0') AS order_id, 'BN' || lpad(n::text, 9, '0') AS number,
    'farmer-' || n % :farmers AS farmer_id, 1000 + n * 7919 % 9000 AS paid, CASE n % 3 WHEN 0 THEN 500 ELSE 0 END AS freight,
    now() - interval '72 hours' AS paid_at
FROM generate_series(:first::bigint, :last) AS n;

INSERT INTO orders (
    order_id, version, client_id, buyer_id, buyer_senior, farmer_id, farmer_name, currency, total, paid_at, presale,
    province, payment_channel, transaction_id, status, policy_id, snapshot, sale_credited
)
SELECT order_id, 1, :'orders_client', 'buyer-' || n, false, farmer_id, '果园', 'CNY', paid + freight, paid_at, false,
    '上海市', 'sandbox', 'pay-' || n, 'paid',
    (SELECT policy_id FROM policies WHERE effective_from <= now() - interval '72 hours' ORDER BY effective_from DESC LIMIT 1),
    jsonb_build_object(
        'version', 1, 'buyer', jsonb_build_object('id', 'buyer-' || n, 'senior', false),
        'farmer', jsonb_build_object('id', farmer_id, 'name', '果园'), 'currency', 'CNY', 'paid_at', paid_at,
        'destination', jsonb_build_object('province', '上海市', 'city', '上海市', 'district', '徐汇区'),
        'lines', jsonb_build_array(jsonb_build_object(
            'line_id', '1', 'commodity', 'strawberry', 'title', '红颜草莓 2斤', 'quantity', 2, 'unit', '盒',
            'paid', jsonb_build_object('amount', paid, 'currency', 'CNY')
        )),
        'freight', jsonb_build_object('amount', freight, 'currency', 'CNY'), 'status', 'paid',
        'waybills', jsonb_build_array(jsonb_build_object('carrier', 'SF', 'number', number, 'leg', 1)),
        'payment', jsonb_build_object('channel', 'sandbox', 'transaction_id', 'pay-' || n)
    ),
    paid + freight
FROM fresh;

INSERT INTO order_lines (order_id, line_id, commodity, title, quantity, unit, paid, freight)
SELECT order_id, '1', 'strawberry', '红颜草莓 2斤', 2, '盒', paid, freight FROM fresh;

INSERT INTO waybills (order_id, carrier, number, leg)
SELECT order_id, 'SF', number, 1 FROM fresh;

INSERT INTO tracking_events (event_id, carrier, number, event_time, zone_source, step, place, provider)
SELECT number || '-' || step, 'SF', number, now() - make_interval(hours => hours), 'given', step, place, 'canonical'
FROM fresh
CROSS JOIN (VALUES
    (60, 'picked_up', '丹东'), (50, 'departed', '丹东'), (20, 'arrived', '上海'), (5, 'delivered', '上海')
) AS scan (hours, step, place);

INSERT INTO accounts (account, currency)
SELECT DISTINCT kind || ':' || farmer_id, 'CNY'
FROM fresh
CROSS JOIN (VALUES ('farmer_held'), ('farmer_available')) AS account (kind)
UNION
SELECT 'cash', 'CNY'
ON CONFLICT DO NOTHING;

INSERT INTO journals (source, kind, order_id)
SELECT 'sale:' || order_id || ':1', 'sale', order_id FROM fresh;

INSERT INTO entries (journal_id, account, currency, amount)
SELECT journal_id, account, 'CNY', amount
FROM fresh
JOIN journals ON journals.source = 'sale:' || fresh.order_id || ':1'
CROSS JOIN LATERAL (VALUES ('cash', -(paid + freight)), ('farmer_held:' || farmer_id, paid + freight))
    AS entry (account, amount);

INSERT INTO work (kind, subject_id, due_at)
SELECT 'release_sale', order_id, now() + interval '20 days' FROM fresh;

COMMIT;
