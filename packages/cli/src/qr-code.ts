/** A text as the lines of a QR code. The library is loaded when one is drawn. */
export async function qrCode(text: string): Promise<string[]> {
  const { default: qr } = await import('qrcode');
  return (await qr.toString(text, { type: 'utf8', margin: 2 })).split('\n');
}
