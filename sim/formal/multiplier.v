// What a multiplier computes, written down from docs/numerics.md and from nothing else: what is
// exported is proved equal to this.  Made to be read, not to be built.
//
// An operand is (1 + x) * 2^p, the product is significand / 2^FRACTION * 2^exponent, and one
// rounding brings it into the result's format.

// Which kind of number a code stands for, and its magnitude as significand / 2^M * 2^p.
module operand #(
  parameter E = 8, M = 23, BIAS = 127,
  parameter RULE = 0,                     // 0 ieee, 1 fn, 2 fnuz, 3 finite
  parameter GRADUAL = 0,
  parameter NORMALISED = 1                // a subnormal number, too, has its leading one at the top
) (
  input [E+M:0] code,
  output sign, zero, infinite, nan,
  output [M:0] significand,
  output signed [15:0] p
);
  wire [E-1:0] e = code[E+M-1:M];
  wire [M-1:0] m = code[M-1:0];
  wire signed [15:0] least = 1 - BIAS;
  wire signed [15:0] normal = $signed({1'b0, e}) - BIAS;
  assign sign = code[E+M];
  assign infinite = RULE == 0 && &e && m == 0;
  assign nan = RULE == 0 ? &e && m != 0
             : RULE == 1 ? &e && &m
             : RULE == 2 ? sign && e == 0 && m == 0
             : 1'b0;
  assign zero = e == 0 && (!GRADUAL || m == 0) && !nan;

  // How often a subnormal number is doubled until its leading one is at the top.
  reg [15:0] places;
  integer i;
  always @* begin
    places = 16'd0;
    for (i = 0; i < M; i = i + 1)
      if (m[i]) places = M - i;
  end
  generate
    if (!GRADUAL) begin : flushed
      assign significand = {1'b1, m};
      assign p = normal;
    end else if (NORMALISED) begin : doubled
      assign significand = e == 0 ? {1'b0, m} << places : {1'b1, m};
      assign p = e == 0 ? least - $signed(places) : normal;
    end else begin : as_it_is
      assign significand = {e != 0, m};
      assign p = e == 0 ? least : normal;
    end
  endgenerate
endmodule


// One rounding, then underflow and overflow; and the special cases in their order.
module result #(
  parameter E = 8, M = 23, BIAS = 127,
  parameter RULE = 0,
  parameter GRADUAL = 0,
  parameter OVERFLOW = 0,                 // 0 infinity, 1 the largest number, 2 NaN
  parameter TOWARD_ZERO = 0,
  parameter FRACTION = 23,                // bits of the significand behind the point
  parameter NORMALISED = 1                // a significand is at least 1, and always less than 4
) (
  input sign, zero, infinite, nan,
  input [FRACTION+1:0] significand,
  input signed [15:0] exponent,
  output [E+M:0] y
);
  localparam [E+M-1:0] ONES = ~0;
  localparam [E+M-1:0] LARGEST = RULE == 0 ? ONES - (1 << M) : RULE == 1 ? ONES - 1 : ONES;
  localparam [E+M-1:0] INFINITY = ONES - ((1 << M) - 1);
  localparam [E+M:0] NAN = RULE == 0 ? INFINITY | (1 << (M - 1)) : RULE == 1 ? ONES : 1 << (E + M);

  // How far the leading one is from the top.
  reg [15:0] places;
  integer i;
  always @* begin
    places = 16'd0;
    for (i = NORMALISED ? FRACTION : 0; i <= FRACTION + 1; i = i + 1)
      if (significand[i]) places = FRACTION + 1 - i;
  end
  wire signed [15:0] biased = exponent + BIAS + 1 - $signed(places);

  // At least 1, less than 2, with room below for every bit that a shift brings there.
  localparam ROOM = M + 2;
  localparam DROPPED = FRACTION + 1 + ROOM;
  localparam WIDTH = M + 1 + DROPPED;
  wire [FRACTION+1:0] leading = significand << places;
  wire [WIDTH-1:0] one_to_two = {leading, {WIDTH-FRACTION-2{1'b0}}};

  // The last place of the least normal number is that of all below it.
  wire below = GRADUAL && biased < 1;
  wire signed [15:0] distance = 16'sd1 - biased;
  wire [WIDTH-1:0] placed =
    !below ? one_to_two : distance > ROOM ? one_to_two >> ROOM : one_to_two >> distance;
  wire [M:0] kept = placed[WIDTH-1:DROPPED];
  wire [DROPPED-1:0] rest = placed[DROPPED-1:0];
  localparam [DROPPED-1:0] HALF = 1 << (DROPPED - 1);
  wire up = !TOWARD_ZERO && (rest > HALF || rest == HALF && kept[0]);

  // As codes follow each other, a mantissa that is rounded up to 2 becomes the next exponent.
  wire signed [E+M+16:0] field = below ? 1 : biased;
  wire signed [E+M+16:0] magnitude =
    (field <<< M) + $signed({1'b0, kept}) + $signed({1'b0, up}) - $signed({1'b0, 1'b1, {M{1'b0}}});
  wire vanishes = !GRADUAL && magnitude < $signed({1'b0, 1'b1, {M{1'b0}}});
  wire overflows = magnitude > $signed({1'b0, LARGEST});

  wire has_infinity = RULE == 0;
  wire has_negative_zero = RULE != 2;
  reg [E+M:0] code;
  always @*
    if (nan)
      code = NAN;
    else if (infinite && has_infinity)
      code = {sign, INFINITY};
    else if (!infinite && (zero || vanishes))
      code = {sign && has_negative_zero, {E+M{1'b0}}};
    else if (infinite || overflows)
      code = OVERFLOW == 0 ? {sign, INFINITY} : OVERFLOW == 1 ? {sign, LARGEST} : NAN;
    else
      code = {sign && (has_negative_zero || magnitude != 0), magnitude[E+M-1:0]};
  assign y = code;
endmodule


// A product before anything brings it into a format: (-1)^sign * significand / 2^FRACTION *
// 2^exponent, unless it is zero, infinite or NaN.
module product #(
  parameter EA = 8, MA = 23, BIAS_A = 127, RULE_A = 0,
  parameter EB = 8, MB = 23, BIAS_B = 127, RULE_B = 0,
  parameter EXACT = 0,
  parameter EQUATION = 0,
  parameter PAPER = 1, CONSTANT = 0,      // the paper's constant, or one in units of 2^-M
  parameter GRADUAL = 0,
  parameter FRACTION = 23                 // EXACT ? MA + MB : the wider mantissa
) (
  input [EA+MA:0] a,
  input [EB+MB:0] b,
  output sign, zero, infinite, nan,
  output [FRACTION+1:0] significand,
  output signed [15:0] exponent
);
  wire sign_a, zero_a, infinite_a, nan_a, sign_b, zero_b, infinite_b, nan_b;
  wire [MA:0] significand_a;
  wire [MB:0] significand_b;
  wire signed [15:0] p, q;
  localparam NORMALISED = !(EXACT && GRADUAL);
  operand #(EA, MA, BIAS_A, RULE_A, GRADUAL, NORMALISED) of_a (
    a, sign_a, zero_a, infinite_a, nan_a, significand_a, p);
  operand #(EB, MB, BIAS_B, RULE_B, GRADUAL, NORMALISED) of_b (
    b, sign_b, zero_b, infinite_b, nan_b, significand_b, q);
  assign sign = sign_a ^ sign_b;
  assign nan = nan_a || nan_b || zero_a && infinite_b || infinite_a && zero_b;
  assign infinite = infinite_a || infinite_b;
  assign zero = zero_a || zero_b;

  localparam M = MA > MB ? MA : MB;       // the wider mantissa
  localparam L = M <= 3 ? M : M == 4 ? 3 : 4;
  localparam [M-1:0] C = PAPER ? 1 << (M - L) : CONSTANT;
  generate
    if (EXACT) begin : real_product
      assign significand = significand_a * significand_b;
      assign exponent = p + q;
    end else begin : sum
      wire [M-1:0] x = significand_a[MA-1:0] << (M - MA);
      wire [M-1:0] z = significand_b[MB-1:0] << (M - MB);
      wire [M+1:0] s = x + z + C;
      wire [M+1:0] one_and_s = s + (1 << M);
      if (EQUATION) begin : equation
        // (1 + s) * 2^(p + q), with one bit less from 2 on.
        assign significand = one_and_s[M+1] ? one_and_s & ~1 : one_and_s;
        assign exponent = p + q;
      end else begin : whole
        // The whole part of s counts as exponent.
        assign significand = {2'b01, s[M-1:0]};
        assign exponent = p + q + $signed({1'b0, s[M+1:M]});
      end
    end
  endgenerate
endmodule


module multiplier #(
  parameter EA = 8, MA = 23, BIAS_A = 127, RULE_A = 0,
  parameter EB = 8, MB = 23, BIAS_B = 127, RULE_B = 0,
  parameter EY = 8, MY = 23, BIAS_Y = 127, RULE_Y = 0,
  parameter EXACT = 0,
  parameter EQUATION = 0,
  parameter PAPER = 1, CONSTANT = 0,
  parameter GRADUAL = 0, OVERFLOW = 0, TOWARD_ZERO = 0
) (
  input [EA+MA:0] a,
  input [EB+MB:0] b,
  output [EY+MY:0] y
);
  localparam FRACTION = EXACT ? MA + MB : MA > MB ? MA : MB;
  localparam NORMALISED = !(EXACT && GRADUAL);
  wire sign, zero, infinite, nan;
  wire [FRACTION+1:0] significand;
  wire signed [15:0] exponent;
  product #(EA, MA, BIAS_A, RULE_A, EB, MB, BIAS_B, RULE_B,
            EXACT, EQUATION, PAPER, CONSTANT, GRADUAL, FRACTION) of_operands (
    a, b, sign, zero, infinite, nan, significand, exponent);
  result #(EY, MY, BIAS_Y, RULE_Y, GRADUAL, OVERFLOW, TOWARD_ZERO, FRACTION, NORMALISED) of_y (
    sign, zero, infinite, nan, significand, exponent, y);
endmodule


// Guards "raw" and "zero": the sum of the fields modulo 2^(E+M), whatever the codes stand for.
module unguarded #(
  parameter E = 8, M = 23, BIAS = 127, RULE = 0,
  parameter EQUATION = 0,
  parameter PAPER = 1, CONSTANT = 0,
  parameter ZERO = 0                      // zero where an operand has the exponent field 0
) (
  input [E+M:0] a, b,
  output [E+M:0] y
);
  localparam L = M <= 3 ? M : M == 4 ? 3 : 4;
  localparam [M-1:0] C = PAPER ? 1 << (M - L) : CONSTANT;
  localparam [E+M-1:0] OFFSET = (BIAS << M) - C;
  wire sign = a[E+M] ^ b[E+M];
  wire [E+M-1:0] r = a[E+M-1:0] + b[E+M-1:0] - OFFSET;
  // By Eq. 1: 1 + s from 2 on is halved, and the bit behind its last one dropped.
  wire [M+1:0] s = a[M-1:0] + b[M-1:0] + C;
  wire [E-1:0] e = a[E+M-1:M] + b[E+M-1:M] - BIAS;
  wire [M+1:0] halved = (s - (1 << M)) >> 1;
  wire [E+M-1:0] by_equation = s >> M == 0 ? {e, s[M-1:0]} : {e + {{E-1{1'b0}}, 1'b1}, halved[M-1:0]};
  wire tiny = a[E+M-1:M] == 0 || b[E+M-1:M] == 0;
  assign y = ZERO && tiny ? {sign && RULE != 2, {E+M{1'b0}}} : {sign, EQUATION ? by_equation : r};
endmodule
